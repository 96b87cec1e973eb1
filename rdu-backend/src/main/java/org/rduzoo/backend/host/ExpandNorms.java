package org.rduzoo.backend.host;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.ChannelNorm;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Elementwise.Binary;
import org.rduzoo.ir.Elementwise.Unary;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Layout.Constant;
import org.rduzoo.ir.Layout.Reshape;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Pass;
import org.rduzoo.ir.ReduceFn;
import org.rduzoo.ir.Reduction.Reduce;
import org.rduzoo.ir.Rewriter;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.ir.Value;

/// Writes norms of channels as means and element-wise operations.
///
/// Before: `%1 = group_norm(%x) {groups=g, epsilon=e}`
///
/// After, for `x` with a dimension for the groups: `mean(x)`, `d = x − mean`, `d · rsqrt(mean(d²) + e)`
record ExpandNorms() implements Pass {

    @Override
    public String name() {
        return "expand-norms";
    }

    @Override
    public Graph run(Graph graph) {
        if (graph.nodes().stream().noneMatch(n -> n.op() instanceof ChannelNorm)) {
            return graph;
        }
        Rewriter rewriter = new Rewriter(graph);
        for (Node node : graph.nodes()) {
            if (node.op() instanceof ChannelNorm norm) {
                List<Value> results =
                        new Expansion(rewriter, node).expand((ChannelNorm) Ops.mapOperands(norm, rewriter::map));
                for (int i = 0; i < results.size(); i++) {
                    rewriter.replace(node.results().get(i), results.get(i));
                }
            } else {
                rewriter.copy(node);
            }
        }
        return rewriter.finish();
    }

    private record Expansion(Rewriter out, Node at) {

        List<Value> expand(ChannelNorm norm) {
            Value x = norm.x();
            return switch (norm) {
                case ChannelNorm.BatchNorm n -> {
                    Value factor = weighted(root(n.variance(), n.epsilon()), n.weight());
                    Value off = binary(BinaryFn.SUB, x, byChannel(n.mean(), x));
                    yield List.of(shifted(binary(BinaryFn.MUL, off, byChannel(factor, x)), n.bias()));
                }
                case ChannelNorm.BatchNormTraining n -> training(n);
                case ChannelNorm.GroupNorm n -> {
                    int channels = x.type().dim(1) / n.groups();
                    Shape s = x.shape();
                    Shape grouped = Shape.of(s.dim(0), n.groups(), channels)
                            .append(s.slice(2, s.rank()).dims());
                    List<Integer> axes =
                            IntStream.range(2, grouped.rank()).boxed().toList();
                    Value groups = emit(new Reshape(x, grouped));
                    Value off = binary(BinaryFn.SUB, groups, mean(groups, axes));
                    Value variance = mean(binary(BinaryFn.MUL, off, off), axes);
                    Value scaled = binary(BinaryFn.MUL, off, root(variance, n.epsilon()));
                    Value y = emit(new Reshape(scaled, s));
                    Value factored = n.weight()
                            .map(w -> binary(BinaryFn.MUL, y, byChannel(w, y)))
                            .orElse(y);
                    yield List.of(shifted(factored, n.bias()));
                }
            };
        }

        private List<Value> training(ChannelNorm.BatchNormTraining n) {
            Value x = n.x();
            int channels = x.type().dim(1);
            List<Integer> axes = IntStream.range(0, x.type().rank())
                    .filter(i -> i != 1)
                    .boxed()
                    .toList();
            Value mean = mean(x, axes);
            Value off = binary(BinaryFn.SUB, x, mean);
            Value variance = row(mean(binary(BinaryFn.MUL, off, off), axes));
            Value root = root(variance, n.epsilon());
            Value y = shifted(binary(BinaryFn.MUL, off, byChannel(weighted(root, n.weight()), x)), n.bias());
            double count = x.type().elements() / (double) Math.max(1, channels);
            Value unbiased = binary(BinaryFn.MUL, variance, number(count / (count - 1)));
            return List.of(
                    y,
                    moved(n.runningMean(), row(mean), n.momentum()),
                    moved(n.runningVariance(), unbiased, n.momentum()),
                    row(mean),
                    root);
        }

        private Value moved(Value running, Value towards, double momentum) {
            Value step = binary(BinaryFn.MUL, binary(BinaryFn.SUB, towards, running), number(momentum));
            return binary(BinaryFn.ADD, running, step);
        }

        private Value mean(Value x, List<Integer> axes) {
            return emit(new Reduce(ReduceFn.MEAN, x, axes, true));
        }

        /// `1 / √(variance + epsilon)`
        private Value root(Value variance, double epsilon) {
            return emit(new Unary(UnaryFn.RSQRT, binary(BinaryFn.ADD, variance, number(epsilon))));
        }

        private Value weighted(Value x, Optional<Value> weight) {
            return weight.map(w -> binary(BinaryFn.MUL, x, w)).orElse(x);
        }

        private Value shifted(Value x, Optional<Value> bias) {
            return bias.map(b -> binary(BinaryFn.ADD, x, byChannel(b, x))).orElse(x);
        }

        /// A number a channel, with dimensions of 1 for the places of `x`.
        private Value byChannel(Value row, Value x) {
            int[] dims = new int[x.type().rank() - 1];
            Arrays.fill(dims, 1);
            dims[0] = row.type().dim(0);
            return emit(new Reshape(row, Shape.of(dims)));
        }

        private Value row(Value x) {
            return emit(new Reshape(x, Shape.of((int) x.type().elements())));
        }

        private Value number(double x) {
            return emit(new Constant(Dense.scalar(DType.F32, x)));
        }

        private Value binary(BinaryFn fn, Value a, Value b) {
            return emit(new Binary(fn, a, b));
        }

        private Value emit(Op op) {
            return out.emit(op, at);
        }
    }
}
