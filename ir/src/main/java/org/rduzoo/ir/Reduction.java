package org.rduzoo.ir;

import static org.rduzoo.ir.IllTyped.unless;

import java.util.List;

/// Operations that join elements along dimensions.
public sealed interface Reduction extends Op {

    /// Joins the elements along `axes`, which stay as dimensions of 1 if `keepDims` and vanish otherwise.
    ///
    /// - C1: the operand is of a float type.
    /// - C2: `axes` are dimensions of the operand, rising.
    record Reduce(ReduceFn fn, Value x, List<Integer> axes, boolean keepDims) implements Reduction {
        @Override
        public List<Type> infer() {
            unless(x.dtype().isFloat(), this, "C1", "the operand is of a float type");
            int last = -1;
            for (int a : axes) {
                unless(a > last && a < x.type().rank(), this, "C2", "axes are dimensions of the operand, rising");
                last = a;
            }
            Shape shape = x.shape();
            for (int i = axes.size() - 1; i >= 0; i--) {
                shape = keepDims ? shape.withDim(axes.get(i), 1) : shape.withoutDim(axes.get(i));
            }
            return List.of(x.type().withShape(shape));
        }
    }

    /// `exp(x) / sum(exp(x))` along `axis`.
    ///
    /// - C1: the operand is of a float type.
    /// - C2: `axis` is a dimension of the operand.
    record Softmax(Value x, int axis) implements Reduction {
        @Override
        public List<Type> infer() {
            unless(x.dtype().isFloat(), this, "C1", "the operand is of a float type");
            unless(axis >= 0 && axis < x.type().rank(), this, "C2", "axis is a dimension of the operand");
            return List.of(x.type());
        }
    }

    /// `[.., V], i64[..] -> [..], [..]`: per row, the loss −Σ t · log softmax(logits), and log Σ exp(logits).
    /// `t` is one at the target, or `1 − labelSmoothing` there and `labelSmoothing / V` added everywhere.
    /// The loss is 0 where the target is `ignoreIndex`.
    ///
    /// - C1: the logits are `f32`, the targets `i64`.
    /// - C2: the targets' shape is the logits' without their last dimension.
    record CrossEntropy(Value logits, Value targets, long ignoreIndex, double labelSmoothing) implements Reduction {
        @Override
        public List<Type> infer() {
            unless(
                    logits.dtype() == DType.F32 && targets.dtype() == DType.I64,
                    this,
                    "C1",
                    "the logits are f32, the targets i64");
            unless(
                    logits.type().rank() > 0 && logits.shape().withoutDim(-1).equals(targets.shape()),
                    this,
                    "C2",
                    "the targets' shape is the logits' without their last dimension");
            Type rows = new Type(DType.F32, targets.shape());
            return List.of(rows, rows);
        }
    }
}
