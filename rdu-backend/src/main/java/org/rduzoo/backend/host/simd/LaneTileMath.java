package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.simd.Copies.floats;
import static org.rduzoo.backend.host.simd.Copies.store;

import java.util.Arrays;
import org.rduzoo.backend.host.kernel.ScalarFunctions;
import org.rduzoo.backend.host.kernel.TileMath;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.CompareFn;
import org.rduzoo.ir.DropoutNumbers;
import org.rduzoo.ir.UnaryFn;

/// [VectorTileMath], an element at a time and to the last bit: sums go by the lanes that vectors would have.
///
/// It is for the first run of a process: until the virtual machine has compiled them, loops by vectors take a hundred
/// times as long as these.
final class LaneTileMath implements TileMath {

    @Override
    public void unary(UnaryFn fn, long x, long y, int n) {
        float[] v = floats(x, n);
        for (int i = 0; i < n; i++) {
            v[i] = ScalarFunctions.apply(fn, v[i]);
        }
        store(v, y);
    }

    @Override
    public void binary(BinaryFn fn, long a, long b, long y, int n) {
        float[] v = floats(a, n);
        float[] w = floats(b, n);
        switch (fn) {
            case ADD -> add(v, w);
            case MUL -> multiply(v, w);
            case SUB, DIV, MAX, MIN, POW -> {
                for (int i = 0; i < n; i++) {
                    v[i] = ScalarFunctions.apply(fn, v[i], w[i]);
                }
            }
        }
        store(v, y);
    }

    private static void add(float[] v, float[] w) {
        for (int i = 0; i < v.length; i++) {
            v[i] += w[i];
        }
    }

    private static void multiply(float[] v, float[] w) {
        for (int i = 0; i < v.length; i++) {
            v[i] *= w[i];
        }
    }

    @Override
    public void compare(CompareFn fn, long a, long b, long y, int n) {
        float[] v = floats(a, n);
        float[] w = floats(b, n);
        for (int i = 0; i < n; i++) {
            v[i] = fn.test(v[i], w[i]) ? 1 : 0;
        }
        store(v, y);
    }

    @Override
    public void select(long condition, long then, long otherwise, long y, int n) {
        float[] holds = floats(condition, n);
        float[] v = floats(then, n);
        float[] w = floats(otherwise, n);
        for (int i = 0; i < n; i++) {
            v[i] = holds[i] != 0 ? v[i] : w[i];
        }
        store(v, y);
    }

    @Override
    public void round(long x, long y, int n) {
        int[] bits = Copies.ints(x, n);
        Copies.round(bits);
        Copies.store(bits, y);
    }

    @Override
    public void truncate(long x, long y, int n) {
        float[] v = floats(x, n);
        for (int i = 0; i < n; i++) {
            v[i] = Math.abs(v[i]) < 0x1p23f ? (float) (int) v[i] : v[i];
        }
        store(v, y);
    }

    @Override
    public void fill(long y, float value, int n) {
        float[] v = new float[n];
        Arrays.fill(v, value);
        store(v, y);
    }

    @Override
    public void copy(long x, long y, int n) {
        Copies.copy(x, y, 4L * n);
    }

    @Override
    public void widen(long x, long y, int n) {
        Copies.store(Copies.widened(Copies.shorts(x, n)), y);
    }

    @Override
    public void narrow(long x, long y, int n) {
        store(Copies.narrow(Copies.ints(x, n)), y);
    }

    @Override
    public void dropout(long x, long y, long key, int index, float probability, float scale, int n) {
        float[] v = floats(x, n);
        for (int i = 0; i < n; i++) {
            v[i] = DropoutNumbers.uniform(key, index + i) >= probability ? v[i] * scale : 0;
        }
        store(v, y);
    }

    @Override
    public float sum(long x, int n) {
        return LaneSums.ofDeviations(floats(x, n), 0);
    }

    @Override
    public void sumOfRows(long x, int rows, long stride, long y, int n) {
        float[] sums = new float[n];
        for (int r = 0; r < rows; r++) {
            add(sums, floats(x + r * stride, n));
        }
        store(sums, y);
    }

    @Override
    public float max(long x, int n) {
        float max = Float.NEGATIVE_INFINITY;
        for (float v : floats(x, n)) {
            max = Math.max(max, v);
        }
        return max;
    }

    @Override
    public float sumOfExp(long x, float shift, int n) {
        float[] v = floats(x, n);
        exp(v, shift);
        return LaneSums.ofTurns(v);
    }

    private static void exp(float[] v, float shift) {
        for (int i = 0; i < v.length; i++) {
            v[i] = ScalarFunctions.exp(v[i] - shift);
        }
    }

    @Override
    public void layerNorm(long x, long weight, long bias, double epsilon, long y, int n) {
        float[] v = floats(x, n);
        double mean = LaneSums.ofDeviations(v, 0) / (double) n;
        float about = (float) mean;
        double off = LaneSums.ofDeviations(v, about) / (double) n;
        double variance = LaneSums.ofSquares(v, about) / (double) n - off * off;
        float scale = (float) (1 / Math.sqrt(Math.max(variance, 0) + epsilon));
        for (int i = 0; i < n; i++) {
            v[i] = (v[i] - about - (float) off) * scale;
        }
        if (weight != 0 && bias != 0) {
            float[] w = floats(weight, n);
            float[] b = floats(bias, n);
            for (int i = 0; i < n; i++) {
                v[i] = Math.fma(v[i], w[i], b[i]);
            }
        } else if (weight != 0) {
            multiply(v, floats(weight, n));
        } else if (bias != 0) {
            add(v, floats(bias, n));
        }
        store(v, y);
    }

    @Override
    public void rmsNorm(long x, long weight, double epsilon, long y, int n) {
        float[] v = floats(x, n);
        scale(v, (float) (1 / Math.sqrt(LaneSums.ofSquares(v, 0) / (double) n + epsilon)));
        if (weight != 0) {
            multiply(v, floats(weight, n));
        }
        store(v, y);
    }

    private static void scale(float[] v, float factor) {
        for (int i = 0; i < v.length; i++) {
            v[i] *= factor;
        }
    }

    @Override
    public void softmax(long x, long y, int n) {
        float[] v = floats(x, n);
        exp(v, max(x, n));
        scale(v, 1 / LaneSums.ofTurns(v));
        store(v, y);
    }

    @Override
    public void turn(long x, long xStride, long cos, long sin, long y, long yStride, int pairs, int rows) {
        float[] c = floats(cos, pairs);
        float[] s = floats(sin, pairs);
        for (int r = 0; r < rows; r++) {
            float[] v = floats(x + r * xStride, 2 * pairs);
            for (int i = 0; i < pairs; i++) {
                float a = v[i];
                float b = v[pairs + i];
                v[i] = a * c[i] - b * s[i];
                v[pairs + i] = b * c[i] + a * s[i];
            }
            store(v, y + r * yStride);
        }
    }
}
