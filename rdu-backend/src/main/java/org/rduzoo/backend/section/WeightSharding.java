package org.rduzoo.backend.section;

import java.util.Map;
import org.rduzoo.backend.section.Collective.Kind;
import org.rduzoo.ir.Convolution;
import org.rduzoo.ir.Gradient;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.ImageGradient;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Lookup;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Normalization;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Optimizer;
import org.rduzoo.ir.Positional;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.Reduction;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Value;

/// Each chip has a part of every weight (Shoeybi et al. 2019, arXiv 1909.08053).
///
/// A product of a whole value with a weight yields a part of the columns; a product of such a part with the next weight
/// yields a part of the sum, and the chips add theirs up. What needs whole rows, a norm for one, has them gathered.
/// Heads go with the columns that they come from; a chip has at least one head of keys.
final class WeightSharding extends Sharding {

    WeightSharding(Graph graph, int chips) {
        super(graph, chips);
    }

    @Override
    int input(Graph.Input input, Map<Integer, Integer> heads) {
        Value v = input.value();
        if (input.kind() == Graph.Kind.INPUT || v.type().rank() < 2) {
            return 1;
        }
        return Math.min(chips, heads.getOrDefault(v.number(), chips));
    }

    @Override
    int result(int index, Node node, int most) {
        return switch (node.op()) {
            case Product.Linear l -> product(index, node, l.x(), l.weight());
            case Product.MatMul m ->
                isWeight(m.lhs()) && !isWeight(m.rhs())
                        ? product(index, node, m.rhs(), m.lhs())
                        : product(index, node, m.lhs(), m.rhs());
            case Convolution.Conv c -> product(index, node, c.x(), c.weight());
            case Convolution.ConvTranspose c -> product(index, node, c.x(), c.weight());
            case Product.Attention a -> Math.min(most, a.q().type().dim(1));
            case Normalization n -> gathered(index, Ops.operands(n).getFirst());
            case Gradient.LayerNormGradient n -> gathered(index, n.gradient());
            case Gradient.RmsNormGradient n -> gathered(index, n.gradient());
            case Lookup.Embedding _ -> {
                share(index, most);
                yield most > 1 ? tell(index, Kind.ALL_GATHER, node.result()) : 1;
            }
            case Reduction.CrossEntropy _, Optimizer.GlobalNorm _ -> {
                share(index, most);
                yield most > 1 ? tell(index, Kind.ALL_REDUCE, node.results().getFirst()) : 1;
            }
            case Gradient.EmbeddingGradient _, ImageGradient.ConvWeightGradient _ -> chips;
            case Positional.CacheWrite w -> parts(w.cache());
            case Layout.Constant _ -> 1;
            default -> most;
        };
    }

    private int product(int index, Node node, Value x, Value weight) {
        if (isWeight(weight)) {
            share(index, parts(weight));
            boolean terms = parts(x) > 1 && parts(weight) > 1;
            return terms ? tell(index, Kind.ALL_REDUCE, node.results().getFirst()) : parts(weight);
        }
        // Of the gradient of a weight, each chip computes the part that it has.
        boolean gradient =
                node.section() != SectionType.FWD && node.result().type().rank() == 2;
        return gradient ? chips : Math.max(parts(x), parts(weight));
    }

    private int gathered(int index, Value x) {
        return parts(x) > 1 ? tell(index, Kind.ALL_GATHER, x) : 1;
    }
}
