package org.rduzoo.backend.host.kernel;

import static org.rduzoo.backend.host.kernel.RawMemory.f32;

import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.CompareFn;
import org.rduzoo.ir.DropoutNumbers;
import org.rduzoo.ir.UnaryFn;

/// [TileMath], an element at a time; sums in float64.
public final class ScalarTileMath implements TileMath {

    @Override
    public void unary(UnaryFn fn, long x, long y, int n) {
        for (int i = 0; i < n; i++) {
            f32(y + 4L * i, ScalarFunctions.apply(fn, f32(x + 4L * i)));
        }
    }

    @Override
    public void binary(BinaryFn fn, long a, long b, long y, int n) {
        for (int i = 0; i < n; i++) {
            f32(y + 4L * i, ScalarFunctions.apply(fn, f32(a + 4L * i), f32(b + 4L * i)));
        }
    }

    @Override
    public void compare(CompareFn fn, long a, long b, long y, int n) {
        for (int i = 0; i < n; i++) {
            f32(y + 4L * i, fn.test(f32(a + 4L * i), f32(b + 4L * i)) ? 1 : 0);
        }
    }

    @Override
    public void select(long condition, long then, long otherwise, long y, int n) {
        for (int i = 0; i < n; i++) {
            f32(y + 4L * i, f32((f32(condition + 4L * i) != 0 ? then : otherwise) + 4L * i));
        }
    }

    @Override
    public void round(long x, long y, int n) {
        for (int i = 0; i < n; i++) {
            f32(y + 4L * i, ScalarFunctions.roundToBf16(f32(x + 4L * i)));
        }
    }

    @Override
    public void truncate(long x, long y, int n) {
        for (int i = 0; i < n; i++) {
            float v = f32(x + 4L * i);
            f32(y + 4L * i, (float) (v < 0 ? Math.ceil(v) : Math.floor(v)));
        }
    }

    @Override
    public void fill(long y, float value, int n) {
        for (int i = 0; i < n; i++) {
            f32(y + 4L * i, value);
        }
    }

    @Override
    public void copy(long x, long y, int n) {
        RawMemory.copy(x, y, 4L * n);
    }

    @Override
    public void widen(long x, long y, int n) {
        for (int i = 0; i < n; i++) {
            f32(y + 4L * i, RawMemory.bf16(x + 2L * i));
        }
    }

    @Override
    public void narrow(long x, long y, int n) {
        for (int i = 0; i < n; i++) {
            RawMemory.bf16(y + 2L * i, f32(x + 4L * i));
        }
    }

    @Override
    public float sum(long x, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += f32(x + 4L * i);
        }
        return (float) sum;
    }

    @Override
    public void sumOfRows(long x, int rows, long stride, long y, int n) {
        for (int i = 0; i < n; i++) {
            double sum = 0;
            for (int r = 0; r < rows; r++) {
                sum += f32(x + r * stride + 4L * i);
            }
            f32(y + 4L * i, (float) sum);
        }
    }

    @Override
    public float max(long x, int n) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            max = Math.max(max, f32(x + 4L * i));
        }
        return max;
    }

    @Override
    public float sumOfExp(long x, float shift, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += ScalarFunctions.exp(f32(x + 4L * i) - shift);
        }
        return (float) sum;
    }

    @Override
    public void dropout(long x, long y, long key, int index, float probability, float scale, int n) {
        for (int i = 0; i < n; i++) {
            boolean kept = DropoutNumbers.uniform(key, index + i) >= probability;
            f32(y + 4L * i, kept ? f32(x + 4L * i) * scale : 0);
        }
    }

    @Override
    public void layerNorm(long x, long weight, long bias, double epsilon, long y, int n) {
        double mean = 0;
        for (int i = 0; i < n; i++) {
            mean += f32(x + 4L * i);
        }
        mean /= n;
        double variance = 0;
        for (int i = 0; i < n; i++) {
            double d = f32(x + 4L * i) - mean;
            variance += d * d;
        }
        double scale = 1 / Math.sqrt(variance / n + epsilon);
        for (int i = 0; i < n; i++) {
            float v = (float) ((f32(x + 4L * i) - mean) * scale);
            v = weight == 0 ? v : v * f32(weight + 4L * i);
            f32(y + 4L * i, bias == 0 ? v : v + f32(bias + 4L * i));
        }
    }

    @Override
    public void rmsNorm(long x, long weight, double epsilon, long y, int n) {
        double squares = 0;
        for (int i = 0; i < n; i++) {
            double v = f32(x + 4L * i);
            squares += v * v;
        }
        double scale = 1 / Math.sqrt(squares / n + epsilon);
        for (int i = 0; i < n; i++) {
            float v = (float) (f32(x + 4L * i) * scale);
            f32(y + 4L * i, weight == 0 ? v : v * f32(weight + 4L * i));
        }
    }

    @Override
    public void softmax(long x, long y, int n) {
        float max = max(x, n);
        double sum = 0;
        for (int i = 0; i < n; i++) {
            float e = ScalarFunctions.exp(f32(x + 4L * i) - max);
            sum += e;
            f32(y + 4L * i, e);
        }
        float scale = (float) (1 / sum);
        for (int i = 0; i < n; i++) {
            f32(y + 4L * i, f32(y + 4L * i) * scale);
        }
    }

    @Override
    public void turn(long x, long xStride, long cos, long sin, long y, long yStride, int pairs, int rows) {
        for (int r = 0; r < rows; r++) {
            turn(x + r * xStride, cos, sin, y + r * yStride, pairs);
        }
    }

    private static void turn(long x, long cos, long sin, long y, int pairs) {
        long half = 4L * pairs;
        for (long i = 0; i < half; i += 4) {
            float a = RawMemory.f32(x + i);
            float b = RawMemory.f32(x + half + i);
            float c = RawMemory.f32(cos + i);
            float s = RawMemory.f32(sin + i);
            RawMemory.f32(y + i, a * c - b * s);
            RawMemory.f32(y + half + i, b * c + a * s);
        }
    }
}
