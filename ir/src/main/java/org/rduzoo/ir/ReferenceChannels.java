package org.rduzoo.ir;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// The meaning of [ChannelNorm] operations.
final class ReferenceChannels {

    private ReferenceChannels() {}

    static List<double[]> evaluate(ChannelNorm op, Function<Value, Dense> in) {
        Dense x = in.apply(op.x());
        Optional<Dense> weight = op.weight().map(in);
        Optional<Dense> bias = op.bias().map(in);
        return switch (op) {
            case ChannelNorm.BatchNorm b -> {
                double[] scale = in.apply(b.variance()).data().clone();
                Arrays.setAll(scale, c -> 1 / Math.sqrt(scale[c] + b.epsilon()));
                yield List.of(scaled(x, channels(x), in.apply(b.mean()).data(), scale, weight, bias));
            }
            case ChannelNorm.BatchNormTraining b ->
                training(
                        b,
                        x,
                        weight,
                        bias,
                        in.apply(b.runningMean()).data(),
                        in.apply(b.runningVariance()).data());
            case ChannelNorm.GroupNorm g -> {
                int count = x.shape().dim(0) * g.groups();
                Sets sets = new Sets(x.data().length / Math.max(1, count), count);
                Statistics s = Statistics.of(x, sets);
                yield List.of(scaled(x, sets, s.mean, s.scale(g.epsilon()), weight, bias));
            }
        };
    }

    private static List<double[]> training(
            ChannelNorm.BatchNormTraining op,
            Dense x,
            Optional<Dense> weight,
            Optional<Dense> bias,
            double[] runningMean,
            double[] runningVariance) {
        int channels = x.shape().dim(1);
        Statistics s = Statistics.of(x, channels(x));
        double count = x.data().length / (double) channels;
        double[] mean = new double[channels];
        double[] variance = new double[channels];
        for (int c = 0; c < channels; c++) {
            mean[c] = runningMean[c] + op.momentum() * (s.mean[c] - runningMean[c]);
            variance[c] =
                    runningVariance[c] + op.momentum() * (s.variance[c] * count / (count - 1) - runningVariance[c]);
        }
        double[] scale = s.scale(op.epsilon());
        return List.of(scaled(x, channels(x), s.mean, scale, weight, bias), mean, variance, s.mean, scale);
    }

    /// Which elements share their statistics: the tensor is cut into runs of `length`, and run `i` belongs to set
    /// `i % count`.
    private record Sets(int length, int count) {

        int of(int element) {
            return element / length % count;
        }
    }

    private record Statistics(double[] mean, double[] variance) {

        static Statistics of(Dense x, Sets sets) {
            double[] mean = new double[sets.count];
            double[] variance = new double[sets.count];
            double elements = x.data().length / (double) sets.count;
            for (int i = 0; i < x.data().length; i++) {
                mean[sets.of(i)] += x.data()[i] / elements;
            }
            for (int i = 0; i < x.data().length; i++) {
                double d = x.data()[i] - mean[sets.of(i)];
                variance[sets.of(i)] += d * d / elements;
            }
            return new Statistics(mean, variance);
        }

        double[] scale(double epsilon) {
            return Arrays.stream(variance).map(v -> 1 / Math.sqrt(v + epsilon)).toArray();
        }
    }

    /// `(x − mean) · scale` by set, times weight plus bias by channel.
    private static double[] scaled(
            Dense x, Sets sets, double[] mean, double[] scale, Optional<Dense> weight, Optional<Dense> bias) {
        Sets channels = channels(x);
        double[] out = new double[x.data().length];
        for (int i = 0; i < out.length; i++) {
            int set = sets.of(i);
            int c = channels.of(i);
            double w = weight.isPresent() ? weight.get().data()[c] : 1;
            double b = bias.isPresent() ? bias.get().data()[c] : 0;
            out[i] = (x.data()[i] - mean[set]) * scale[set] * w + b;
        }
        return out;
    }

    private static Sets channels(Dense x) {
        return new Sets(
                Math.toIntExact(x.shape().elements(2, x.shape().rank())),
                x.shape().dim(1));
    }
}
