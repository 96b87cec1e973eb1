package org.rduzoo.ir;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// The meaning of [Reduction] and [Normalization] operations.
final class ReferenceRows {

    private ReferenceRows() {}

    static List<double[]> evaluate(Reduction op, Function<Value, Dense> in) {
        return switch (op) {
            case Reduction.Reduce(ReduceFn fn, Value x, List<Integer> axes, boolean _) ->
                List.of(reduce(fn, in.apply(x), axes));
            case Reduction.Softmax(Value x, int axis) -> List.of(softmax(in.apply(x), axis));
            case Reduction.CrossEntropy(Value logits, Value targets, long ignoreIndex, double labelSmoothing) ->
                crossEntropy(in.apply(logits), in.apply(targets), ignoreIndex, labelSmoothing);
        };
    }

    static double[] evaluate(Normalization op, Function<Value, Dense> in) {
        return switch (op) {
            case Normalization.LayerNorm(Value x, Optional<Value> weight, Optional<Value> bias, double epsilon) ->
                layerNorm(in.apply(x), weight.map(in), bias.map(in), epsilon);
            case Normalization.RmsNorm(Value x, Optional<Value> weight, double epsilon) ->
                rmsNorm(in.apply(x), weight.map(in), epsilon);
        };
    }

    private static double[] reduce(ReduceFn fn, Dense x, List<Integer> axes) {
        Shape kept = x.shape();
        for (int axis : axes) {
            kept = kept.withDim(axis, 1);
        }
        double[] out = new double[Math.toIntExact(kept.elements())];
        Arrays.fill(out, fn == ReduceFn.MAX ? Double.NEGATIVE_INFINITY : 0);
        int[] to = placesIn(kept, x.shape());
        for (int i = 0; i < to.length; i++) {
            double value = x.data()[i];
            out[to[i]] = switch (fn) {
                case SUM, MEAN -> out[to[i]] + value;
                case MAX -> Math.max(out[to[i]], value);
            };
        }
        if (fn == ReduceFn.MEAN) {
            double joined = axes.stream().mapToDouble(x.shape()::dim).reduce(1, (a, b) -> a * b);
            Arrays.setAll(out, i -> out[i] / joined);
        }
        return out;
    }

    /// For each element of `wide` its place in `narrow`, whose dimensions are the same or 1.
    private static int[] placesIn(Shape narrow, Shape wide) {
        double[] places = new double[Math.toIntExact(narrow.elements())];
        Arrays.setAll(places, i -> i);
        double[] stretched = ReferenceElementwise.stretch(new Dense(new Type(DType.I64, narrow), places), wide);
        return Arrays.stream(stretched).mapToInt(p -> (int) p).toArray();
    }

    private static double[] softmax(Dense x, int axis) {
        int length = x.shape().dim(axis);
        int step = Math.toIntExact(x.shape().elements(axis + 1, x.shape().rank()));
        double[] out = new double[x.data().length];
        for (int start = 0; start < out.length; start++) {
            if (start / step % length != 0) {
                continue;
            }
            double logSum = logSumExp(x.data(), start, step, length);
            for (int i = 0; i < length; i++) {
                out[start + i * step] = Math.exp(x.data()[start + i * step] - logSum);
            }
        }
        return out;
    }

    /// log Σ exp of `length` elements that lie `step` apart; −∞ when there is none.
    static double logSumExp(double[] x, int start, int step, int length) {
        double max = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < length; i++) {
            max = Math.max(max, x[start + i * step]);
        }
        if (max == Double.NEGATIVE_INFINITY) {
            return max;
        }
        double sum = 0;
        for (int i = 0; i < length; i++) {
            sum += Math.exp(x[start + i * step] - max);
        }
        return max + Math.log(sum);
    }

    private static List<double[]> crossEntropy(Dense logits, Dense targets, long ignoreIndex, double smoothing) {
        int classes = logits.shape().dim(-1);
        double[] losses = new double[targets.data().length];
        double[] logSums = new double[losses.length];
        for (int row = 0; row < losses.length; row++) {
            int start = row * classes;
            logSums[row] = logSumExp(logits.data(), start, 1, classes);
            if (targets.data()[row] == ignoreIndex) {
                continue;
            }
            int target = ReferenceLayout.index(targets, row, classes, "target", "the classes");
            double loss = (1 - smoothing) * (logSums[row] - logits.data()[start + target]);
            for (int i = 0; i < classes && smoothing != 0; i++) {
                loss += smoothing / classes * (logSums[row] - logits.data()[start + i]);
            }
            losses[row] = loss;
        }
        return List.of(losses, logSums);
    }

    private static double[] layerNorm(Dense x, Optional<Dense> weight, Optional<Dense> bias, double epsilon) {
        int width = x.shape().dim(-1);
        double[] out = new double[x.data().length];
        for (int row = 0; row < out.length; row += width) {
            double mean = 0;
            for (int i = 0; i < width; i++) {
                mean += x.data()[row + i] / width;
            }
            double variance = 0;
            for (int i = 0; i < width; i++) {
                double d = x.data()[row + i] - mean;
                variance += d * d / width;
            }
            double scale = 1 / Math.sqrt(variance + epsilon);
            for (int i = 0; i < width; i++) {
                double w = weight.isPresent() ? weight.get().data()[i] : 1;
                double b = bias.isPresent() ? bias.get().data()[i] : 0;
                out[row + i] = (x.data()[row + i] - mean) * scale * w + b;
            }
        }
        return out;
    }

    private static double[] rmsNorm(Dense x, Optional<Dense> weight, double epsilon) {
        int width = x.shape().dim(-1);
        double[] out = new double[x.data().length];
        for (int row = 0; row < out.length; row += width) {
            double meanSquare = 0;
            for (int i = 0; i < width; i++) {
                meanSquare += x.data()[row + i] * x.data()[row + i] / width;
            }
            double scale = 1 / Math.sqrt(meanSquare + epsilon);
            for (int i = 0; i < width; i++) {
                out[row + i] = x.data()[row + i]
                        * scale
                        * (weight.isPresent() ? weight.get().data()[i] : 1);
            }
        }
        return out;
    }
}
