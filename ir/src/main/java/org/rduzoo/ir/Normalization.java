package org.rduzoo.ir;

import static org.rduzoo.ir.IllTyped.unless;

import java.util.List;
import java.util.Optional;

/// Operations that scale each row (the last dimension) by its own statistics.
public sealed interface Normalization extends Op {

    /// `[.., C] -> [.., C]`: `(x − mean) / √(variance + epsilon) · weight + bias`, the variance without Bessel's
    /// correction.
    ///
    /// - C1: all operands are `f32`.
    /// - C2: weight and bias are `[C]`.
    record LayerNorm(Value x, Optional<Value> weight, Optional<Value> bias, double epsilon) implements Normalization {
        @Override
        public List<Type> infer() {
            requireRows(this, x, weight, bias);
            return List.of(x.type());
        }
    }

    /// `[.., C] -> [.., C]`: `x / √(mean(x²) + epsilon) · weight`.
    ///
    /// - C1: all operands are `f32`.
    /// - C2: the weight is `[C]`.
    record RmsNorm(Value x, Optional<Value> weight, double epsilon) implements Normalization {
        @Override
        public List<Type> infer() {
            requireRows(this, x, weight, Optional.empty());
            return List.of(x.type());
        }
    }

    private static void requireRows(Op op, Value x, Optional<Value> weight, Optional<Value> bias) {
        unless(
                Ops.operands(op).stream().allMatch(v -> v.dtype() == DType.F32)
                        && x.type().rank() > 0,
                op,
                "C1",
                "all operands are f32");
        Shape row = x.shape().slice(x.type().rank() - 1, x.type().rank());
        unless(
                weight.stream().allMatch(v -> v.shape().equals(row))
                        && bias.stream().allMatch(v -> v.shape().equals(row)),
                op,
                "C2",
                "weight and bias are as long as a row");
    }
}
