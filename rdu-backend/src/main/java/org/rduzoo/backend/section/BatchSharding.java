package org.rduzoo.backend.section;

import java.util.List;
import java.util.Map;
import org.rduzoo.backend.section.Collective.Kind;
import org.rduzoo.ir.Gradient;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.ImageGradient;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Optimizer;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.Reduction;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Value;

/// Each chip has some rows of the batch, and all weights; what is summed over the batch, gradients of weights above
/// all,
/// the chips add up.
final class BatchSharding extends Sharding {

    BatchSharding(Graph graph, int chips) {
        super(graph, chips);
    }

    @Override
    int input(Graph.Input input, Map<Integer, Integer> heads) {
        Value v = input.value();
        boolean rows = input.kind() == Graph.Kind.INPUT || heads.containsKey(v.number());
        return rows && v.type().rank() > 0 ? Math.clamp(v.type().dim(0), 1, chips) : 1;
    }

    @Override
    int result(int index, Node node, int most) {
        if (most == 1) {
            return 1;
        }
        List<Value> results = node.results();
        return switch (node.op()) {
            case Product.MatMul m
            when node.section() != SectionType.FWD
                    && parts(m.lhs()) > 1
                    && parts(m.rhs()) > 1
                    && node.result().type().rank() == 2 -> summed(index, results, most);
            case Gradient.EmbeddingGradient _, ImageGradient.ConvWeightGradient _ -> summed(index, results, most);
            case Reduction.Reduce r when r.axes().contains(0) -> summed(index, results, most);
            case Gradient.LayerNormGradient _, Gradient.RmsNormGradient _ -> {
                results.subList(1, results.size()).forEach(v -> tell(index, Kind.ALL_REDUCE, v));
                yield most;
            }
            case Layout.Constant _, Optimizer _ -> 1;
            default -> most;
        };
    }

    private int summed(int index, List<Value> results, int most) {
        share(index, most);
        return tell(index, Kind.ALL_REDUCE, results.getFirst());
    }
}
