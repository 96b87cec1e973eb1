package org.rduzoo.ir;

import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/// The meaning of [ImageGradient] operations.
final class ReferenceImageGradients {

    private ReferenceImageGradients() {}

    static double[] evaluate(ImageGradient op, Function<Value, Dense> in) {
        Shape result = op.infer().getFirst().shape();
        return switch (op) {
            case ImageGradient.ConvWeightGradient c -> weight(c, in.apply(c.wide()), in.apply(c.narrow()), result);
            case ImageGradient.MaxPoolGradient p ->
                maxPool(p.forward().window(), in.apply(p.x()), in.apply(p.gradient()), result);
            case ImageGradient.AvgPoolGradient p -> avgPool(p.forward(), in.apply(p.gradient()), result);
            case ImageGradient.ResizeGradient r -> resize(r.forward(), in.apply(r.gradient()), result);
        };
    }

    private static double[] weight(ImageGradient.ConvWeightGradient op, Dense wide, Dense narrow, Shape result) {
        WindowTaps w = WindowTaps.of(op.window(), Window.places(wide.shape()), Window.places(narrow.shape()));
        int batch = wide.shape().dim(0);
        int wideChannels = wide.shape().dim(1);
        int narrowChannels = narrow.shape().dim(1);
        int inputs = result.dim(1);
        double[] out = new double[Math.toIntExact(result.elements())];
        IntStream.range(0, narrowChannels).parallel().forEach(m -> {
            int group = m / (narrowChannels / op.groups());
            for (int i = 0; i < inputs * w.taps(); i++) {
                int channel = group * inputs + i / w.taps();
                double sum = 0;
                for (int n = 0; n < batch; n++) {
                    for (int p = 0; p < w.positions(); p++) {
                        int at = w.at(p, i % w.taps());
                        sum += at < 0
                                ? 0
                                : narrow.data()[(n * narrowChannels + m) * w.positions() + p]
                                        * wide.data()[(n * wideChannels + channel) * w.places() + at];
                    }
                }
                out[m * inputs * w.taps() + i] = sum;
            }
        });
        return out;
    }

    private static double[] maxPool(Window window, Dense x, Dense gradient, Shape result) {
        WindowTaps w = WindowTaps.of(window, Window.places(x.shape()), Window.places(gradient.shape()));
        double[] out = new double[Math.toIntExact(result.elements())];
        for (int i = 0; i < gradient.data().length; i++) {
            int first = i / w.positions() * w.places();
            int greatest = -1;
            for (int t = 0; t < w.taps(); t++) {
                int at = w.at(i % w.positions(), t);
                if (at >= 0 && (greatest < 0 || x.data()[first + at] > x.data()[first + greatest])) {
                    greatest = at;
                }
            }
            out[first + greatest] += gradient.data()[i];
        }
        return out;
    }

    private static double[] avgPool(Sampling.AvgPool op, Dense gradient, Shape result) {
        List<Integer> places = Window.places(result);
        List<Integer> positions = Window.places(gradient.shape());
        WindowTaps w = WindowTaps.of(op.window(), places, positions);
        double[] out = new double[Math.toIntExact(result.elements())];
        for (int i = 0; i < gradient.data().length; i++) {
            int position = i % w.positions();
            int counted = op.countPadding()
                    ? WindowTaps.tapsWithinPadding(op.window(), places, positions, position)
                    : (int) IntStream.range(0, w.taps())
                            .filter(t -> w.at(position, t) >= 0)
                            .count();
            for (int t = 0; t < w.taps(); t++) {
                int at = w.at(position, t);
                if (at >= 0) {
                    out[i / w.positions() * w.places() + at] += gradient.data()[i] / counted;
                }
            }
        }
        return out;
    }

    private static double[] resize(Sampling.Resize op, Dense gradient, Shape result) {
        List<Integer> from = Window.places(result);
        int places = WindowTaps.product(from);
        int positions = WindowTaps.product(op.size());
        double[] out = new double[Math.toIntExact(result.elements())];
        for (int p = 0; p < positions; p++) {
            int[] position = WindowTaps.unravel(p, op.size());
            for (int corner = 0; corner < 1 << from.size(); corner++) {
                int at = 0;
                double share = 1;
                for (int d = 0; d < position.length; d++) {
                    Between b = op.between(d, position[d]);
                    boolean upper = (corner >> d & 1) == 1;
                    at = at * from.get(d) + (upper ? b.after() : b.before());
                    share *= upper ? b.share() : 1 - b.share();
                }
                for (int plane = 0; share != 0 && plane < out.length / places; plane++) {
                    out[plane * places + at] += share * gradient.data()[plane * positions + p];
                }
            }
        }
        return out;
    }
}
