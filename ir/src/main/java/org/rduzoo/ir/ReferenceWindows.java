package org.rduzoo.ir;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/// The meaning of [Convolution] and [Sampling] operations.
final class ReferenceWindows {

    private ReferenceWindows() {}

    static double[] evaluate(Convolution op, Function<Value, Dense> in) {
        Dense x = in.apply(op.x());
        Dense weight = in.apply(op.weight());
        Shape result = op.infer().getFirst().shape();
        return switch (op) {
            case Convolution.Conv c ->
                conv(c, x, weight, c.scale().map(in), c.bias().map(in), result);
            case Convolution.ConvTranspose c ->
                convTranspose(c, x, weight, c.bias().map(in), result);
        };
    }

    static double[] evaluate(Sampling op, Function<Value, Dense> in) {
        Dense x = in.apply(op.x());
        Shape result = op.infer().getFirst().shape();
        return switch (op) {
            case Sampling.MaxPool pool -> maxPool(pool.window(), x, result);
            case Sampling.AvgPool pool -> avgPool(pool, x, result);
            case Sampling.Resize resize -> resize(resize, x, result);
        };
    }

    private static double[] conv(
            Convolution.Conv op, Dense x, Dense weight, Optional<Dense> scale, Optional<Dense> bias, Shape result) {
        WindowTaps w = WindowTaps.of(op.window(), Window.places(x.shape()), Window.places(result));
        int outputs = result.dim(1);
        int inputs = weight.shape().dim(1);
        double[] out = new double[Math.toIntExact(result.elements())];
        IntStream.range(0, result.dim(0) * outputs).parallel().forEach(plane -> {
            int m = plane % outputs;
            int first = plane / outputs * x.shape().dim(1) + m / (outputs / op.groups()) * inputs;
            double factor = scale.isPresent() ? scale.get().data()[m] : 1;
            double shift = bias.isPresent() ? bias.get().data()[m] : 0;
            for (int p = 0; p < w.positions(); p++) {
                double sum = 0;
                for (int c = 0; c < inputs; c++) {
                    for (int t = 0; t < w.taps(); t++) {
                        int at = w.at(p, t);
                        sum += at < 0
                                ? 0
                                : x.data()[(first + c) * w.places() + at]
                                        * weight.data()[(m * inputs + c) * w.taps() + t];
                    }
                }
                double y = sum * factor + shift;
                out[plane * w.positions() + p] =
                        op.activation().isPresent() ? op.activation().get().apply(y) : y;
            }
        });
        return out;
    }

    private static double[] convTranspose(
            Convolution.ConvTranspose op, Dense x, Dense weight, Optional<Dense> bias, Shape result) {
        WindowTaps w = WindowTaps.of(op.window(), Window.places(result), Window.places(x.shape()));
        int outputs = result.dim(1);
        int outputsPerGroup = weight.shape().dim(1);
        int inputs = x.shape().dim(1) / op.groups();
        double[] out = new double[Math.toIntExact(result.elements())];
        IntStream.range(0, result.dim(0) * outputs).parallel().forEach(plane -> {
            int m = plane % outputs;
            int firstOfGroup = m / outputsPerGroup * inputs;
            int batchStart = plane / outputs * x.shape().dim(1);
            for (int i = 0; i < w.places(); i++) {
                out[plane * w.places() + i] = bias.isPresent() ? bias.get().data()[m] : 0;
            }
            for (int c = firstOfGroup; c < firstOfGroup + inputs; c++) {
                for (int p = 0; p < w.positions(); p++) {
                    for (int t = 0; t < w.taps(); t++) {
                        int at = w.at(p, t);
                        if (at >= 0) {
                            out[plane * w.places() + at] += x.data()[(batchStart + c) * w.positions() + p]
                                    * weight.data()[(c * outputsPerGroup + m % outputsPerGroup) * w.taps() + t];
                        }
                    }
                }
            }
        });
        return out;
    }

    private static double[] maxPool(Window window, Dense x, Shape result) {
        WindowTaps w = WindowTaps.of(window, Window.places(x.shape()), Window.places(result));
        double[] out = new double[Math.toIntExact(result.elements())];
        for (int i = 0; i < out.length; i++) {
            double max = Double.NEGATIVE_INFINITY;
            for (int t = 0; t < w.taps(); t++) {
                int at = w.at(i % w.positions(), t);
                max = at < 0 ? max : Math.max(max, x.data()[i / w.positions() * w.places() + at]);
            }
            out[i] = max;
        }
        return out;
    }

    private static double[] avgPool(Sampling.AvgPool op, Dense x, Shape result) {
        List<Integer> places = Window.places(x.shape());
        List<Integer> positions = Window.places(result);
        WindowTaps w = WindowTaps.of(op.window(), places, positions);
        double[] out = new double[Math.toIntExact(result.elements())];
        for (int i = 0; i < out.length; i++) {
            int position = i % w.positions();
            double sum = 0;
            int met = 0;
            for (int t = 0; t < w.taps(); t++) {
                int at = w.at(position, t);
                sum += at < 0 ? 0 : x.data()[i / w.positions() * w.places() + at];
                met += at < 0 ? 0 : 1;
            }
            int counted =
                    op.countPadding() ? WindowTaps.tapsWithinPadding(op.window(), places, positions, position) : met;
            out[i] = sum / counted;
        }
        return out;
    }

    private static double[] resize(Sampling.Resize op, Dense x, Shape result) {
        List<Integer> from = Window.places(x.shape());
        int places = WindowTaps.product(from);
        int positions = WindowTaps.product(op.size());
        int corners = 1 << from.size();
        double[] out = new double[Math.toIntExact(result.elements())];
        for (int p = 0; p < positions; p++) {
            int[] position = WindowTaps.unravel(p, op.size());
            for (int corner = 0; corner < corners; corner++) {
                int at = 0;
                double share = 1;
                for (int d = 0; d < position.length; d++) {
                    Between b = op.between(d, position[d]);
                    boolean upper = (corner >> d & 1) == 1;
                    at = at * from.get(d) + (upper ? b.after() : b.before());
                    share *= upper ? b.share() : 1 - b.share();
                }
                for (int plane = 0; share != 0 && plane < out.length / positions; plane++) {
                    out[plane * positions + p] += share * x.data()[plane * places + at];
                }
            }
        }
        return out;
    }
}
