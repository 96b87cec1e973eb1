package org.rduzoo.ir.grad;

import java.util.List;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.CompareFn;
import org.rduzoo.ir.Elementwise.Compare;
import org.rduzoo.ir.Gradient.CrossEntropyGradient;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Reduction;
import org.rduzoo.ir.Reduction.CrossEntropy;
import org.rduzoo.ir.Reduction.Reduce;
import org.rduzoo.ir.Reduction.Softmax;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Value;

/// The gradients of [Reduction].
final class ReductionGradients {

    private ReductionGradients() {}

    static void propagate(Reduction op, Node node, Adjoints to) {
        switch (op) {
            case Reduce reduce -> reduce(reduce, node.result(), to);
            case Softmax(Value x, int axis) -> {
                Value y = node.result();
                Value g = to.of(y).orElseThrow();
                Value mean = to.sum(to.times(g, y), List.of(axis), true);
                to.add(x, to.times(y, to.binary(BinaryFn.SUB, g, mean)));
            }
            case CrossEntropy(Value logits, Value targets, long ignoreIndex, double labelSmoothing) -> {
                Value logSum = node.results().get(1);
                to.of(node.results().getFirst())
                        .ifPresent(g -> to.add(
                                logits,
                                to.emit(new CrossEntropyGradient(
                                        logits, targets, logSum, g, ignoreIndex, labelSmoothing))));
                to.of(logSum).ifPresent(g -> {
                    Value rows = to.reshape(g, g.shape().append(1));
                    Value softmax = to.emit(new Softmax(logits, logits.type().rank() - 1));
                    to.add(logits, to.times(softmax, rows));
                });
            }
        }
    }

    private static void reduce(Reduce op, Value result, Adjoints to) {
        Value x = op.x();
        Shape kept = x.shape();
        for (int axis : op.axes()) {
            kept = kept.withDim(axis, 1);
        }
        Value g = to.reshape(to.of(result).orElseThrow(), kept);
        long joined = x.shape().elements() / Math.max(1, kept.elements());
        switch (op.fn()) {
            case SUM -> to.add(x, to.stretch(g, x.shape()));
            case MEAN -> to.add(x, to.stretch(to.times(g, 1.0 / joined), x.shape()));
            case MAX -> {
                // Those that are the greatest share the gradient.
                Value greatest = to.reshape(result, kept);
                Value isGreatest = to.cast(to.emit(new Compare(CompareFn.EQ, x, greatest)), x.dtype());
                Value count = to.sum(isGreatest, op.axes(), true);
                to.add(x, to.times(isGreatest, to.binary(BinaryFn.DIV, g, count)));
            }
        }
    }
}
