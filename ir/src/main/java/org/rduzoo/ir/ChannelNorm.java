package org.rduzoo.ir;

import static org.rduzoo.ir.IllTyped.unless;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Operations that scale the channels of `[N, C, places..]` by statistics over batch and places. Variances are without
/// Bessel's correction unless said otherwise.
public sealed interface ChannelNorm extends Op {

    Value x();

    Optional<Value> weight();

    Optional<Value> bias();

    /// `[N, C, ..] -> [N, C, ..]`: `(x − mean) / √(variance + epsilon) · weight + bias` by channel, with statistics
    /// that are given: batch norm in inference.
    ///
    /// - C1: all operands are `f32`, and `x` has two dimensions or more.
    /// - C2: weight, bias, mean and variance are `[C]`.
    record BatchNorm(Value x, Optional<Value> weight, Optional<Value> bias, Value mean, Value variance, double epsilon)
            implements ChannelNorm {
        @Override
        public List<Type> infer() {
            requireChannels(this);
            return List.of(x.type());
        }
    }

    /// `[N, C, ..] -> [N, C, ..], [C], [C], [C], [C]`: batch norm with the batch's own mean and variance. Further
    /// results: the running statistics moved towards the batch's by `momentum`, the variance there with Bessel's
    /// correction; and, for the gradient, the batch's mean and `1 / √(variance + epsilon)`.
    ///
    /// - C1, C2: as for [BatchNorm], with the running statistics.
    /// - C3: there is more than one element a channel.
    record BatchNormTraining(
            Value x,
            Optional<Value> weight,
            Optional<Value> bias,
            Value runningMean,
            Value runningVariance,
            double momentum,
            double epsilon)
            implements ChannelNorm {
        @Override
        public List<Type> infer() {
            requireChannels(this);
            int channels = x.type().dim(1);
            unless(
                    channels == 0 || x.type().elements() / channels > 1,
                    this,
                    "C3",
                    "there is more than one element a channel");
            Type row = Type.of(DType.F32, channels);
            return List.of(x.type(), row, row, row, row);
        }
    }

    /// `[N, C, ..] -> [N, C, ..]`: `(x − mean) / √(variance + epsilon) · weight + bias`, the statistics over each of
    /// `groups` runs of channels of an element of the batch, weight and bias by channel.
    ///
    /// - C1, C2: as for [BatchNorm].
    /// - C3: `groups` is positive and divides `C`.
    record GroupNorm(Value x, Optional<Value> weight, Optional<Value> bias, int groups, double epsilon)
            implements ChannelNorm {
        @Override
        public List<Type> infer() {
            requireChannels(this);
            unless(groups > 0 && x.type().dim(1) % groups == 0, this, "C3", "groups divides the channels");
            return List.of(x.type());
        }
    }

    private static void requireChannels(ChannelNorm op) {
        List<Value> operands = Ops.operands(op);
        unless(
                operands.stream().allMatch(v -> v.dtype() == DType.F32)
                        && op.x().type().rank() >= 2,
                op,
                "C1",
                "all operands are f32, and x has two dimensions or more");
        Shape channels = Shape.of(op.x().type().dim(1));
        Stream<Value> rows = operands.stream().skip(1);
        unless(
                rows.allMatch(v -> v.shape().equals(channels)),
                op,
                "C2",
                "weight, bias and statistics are as long as there are channels");
    }
}
