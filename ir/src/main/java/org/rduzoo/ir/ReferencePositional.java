package org.rduzoo.ir;

import java.util.List;
import java.util.function.Function;

/// The meaning of [Positional] operations.
final class ReferencePositional {

    private ReferencePositional() {}

    static List<double[]> evaluate(Positional op, Function<Value, Dense> in) {
        return switch (op) {
            case Positional.RopeAngles(Value start, Value frequencies, int tokens) ->
                angles(in.apply(start).data(), in.apply(frequencies).data(), tokens);
            case Positional.Rope(Value x, Value cos, Value sin) ->
                List.of(rope(in.apply(x), in.apply(cos), in.apply(sin).data()));
            case Positional.CacheWrite(Value cache, Value rows, Value start, Value valid, boolean ring) ->
                List.of(write(
                        in.apply(cache),
                        in.apply(rows),
                        in.apply(start).data(),
                        in.apply(valid).data(),
                        ring));
            case Positional.LastRow(Value x, Value start, Value valid) ->
                List.of(lastRow(
                        in.apply(x), in.apply(start).data(), in.apply(valid).data()));
        };
    }

    private static List<double[]> angles(double[] start, double[] frequencies, int tokens) {
        double[] cos = new double[Math.multiplyExact(start.length, Math.multiplyExact(tokens, frequencies.length))];
        double[] sin = new double[cos.length];
        int at = 0;
        for (double first : start) {
            for (int t = 0; t < tokens; t++) {
                for (double frequency : frequencies) {
                    float angle = (float) (first + t) * (float) frequency;
                    cos[at] = Math.cos(angle);
                    sin[at++] = Math.sin(angle);
                }
            }
        }
        return List.of(cos, sin);
    }

    private static double[] rope(Dense x, Dense cos, double[] sin) {
        int heads = x.shape().dim(1);
        int tokens = x.shape().dim(2);
        int width = x.shape().dim(3);
        int pairs = cos.shape().dim(2);
        double[] out = x.data().clone();
        for (int row = 0; row * width < out.length; row++) {
            int text = row / tokens / heads;
            for (int i = 0; i < pairs; i++) {
                int angle = (text * tokens + row % tokens) * pairs + i;
                double a = x.data()[row * width + i];
                double b = x.data()[row * width + pairs + i];
                out[row * width + i] = a * cos.data()[angle] - b * sin[angle];
                out[row * width + pairs + i] = b * cos.data()[angle] + a * sin[angle];
            }
        }
        return out;
    }

    private static double[] write(Dense cache, Dense rows, double[] start, double[] valid, boolean ring) {
        int heads = cache.shape().dim(1);
        int slots = cache.shape().dim(2);
        int tokens = rows.shape().dim(2);
        int width = rows.shape().dim(3);
        double[] out = cache.data().clone();
        for (int head = 0; head < start.length * heads; head++) {
            int text = head / heads;
            for (int t = 0; t < tokens; t++) {
                double position = start[text] + t;
                if (position >= 0 && position < valid[text] && (ring || position < slots)) {
                    int to = (head * slots + (int) (position % slots)) * width;
                    System.arraycopy(rows.data(), (head * tokens + t) * width, out, to, width);
                }
            }
        }
        return out;
    }

    private static double[] lastRow(Dense x, double[] start, double[] valid) {
        int tokens = x.shape().dim(1);
        int width = x.shape().dim(2);
        double[] out = new double[start.length * width];
        for (int b = 0; b < start.length; b++) {
            int row = Math.clamp((long) (valid[b] - start[b]) - 1, 0, tokens - 1);
            System.arraycopy(x.data(), (b * tokens + row) * width, out, b * width, width);
        }
        return out;
    }
}
