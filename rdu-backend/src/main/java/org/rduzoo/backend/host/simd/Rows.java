package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.kernel.RawMemory.ALL;
import static org.rduzoo.backend.host.simd.Lanes.COUNT;
import static org.rduzoo.backend.host.simd.Lanes.FLOATS;
import static org.rduzoo.backend.host.simd.Lanes.ORDER;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.rduzoo.backend.host.kernel.RawMemory;

/// Loops over one row of any length. Sums run in four vectors side by side.
final class Rows {

    private Rows() {}

    /// Σ x
    static float sum(long x, int n) {
        FloatVector s0 = FloatVector.broadcast(FLOATS, 0);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int i = 0;
        for (; i <= n - 4 * COUNT; i += 4 * COUNT) {
            s0 = s0.add(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER));
            s1 = s1.add(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i + 4L * COUNT, ORDER));
            s2 = s2.add(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i + 8L * COUNT, ORDER));
            s3 = s3.add(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i + 12L * COUNT, ORDER));
        }
        for (; i <= n - COUNT; i += COUNT) {
            s0 = s0.add(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER));
        }
        float result = Lanes.sum(s0.add(s1).add(s2.add(s3)));
        for (; i < n; i++) {
            result = result + RawMemory.f32(x + 4L * i);
        }
        return result;
    }

    /// `y` = Σ of rows, two vectors of columns side by side.
    static void sumOfRows(long x, int rows, long stride, long y, int n) {
        int i = 0;
        for (; i <= n - 2 * COUNT; i += 2 * COUNT) {
            FloatVector s0 = FloatVector.broadcast(FLOATS, 0);
            FloatVector s1 = s0;
            long row = x + 4L * i;
            for (int r = 0; r < rows; r++) {
                s0 = s0.add(FloatVector.fromMemorySegment(FLOATS, ALL, row, ORDER));
                s1 = s1.add(FloatVector.fromMemorySegment(FLOATS, ALL, row + 4L * COUNT, ORDER));
                row += stride;
            }
            s0.intoMemorySegment(ALL, y + 4L * i, ORDER);
            s1.intoMemorySegment(ALL, y + 4L * i + 4L * COUNT, ORDER);
        }
        for (; i < n; i++) {
            float sum = 0;
            for (int r = 0; r < rows; r++) {
                sum += RawMemory.f32(x + r * stride + 4L * i);
            }
            RawMemory.f32(y + 4L * i, sum);
        }
    }

    /// The largest; NaN if there is one.
    static float max(long x, int n) {
        FloatVector s0 = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int i = 0;
        for (; i <= n - 4 * COUNT; i += 4 * COUNT) {
            s0 = s0.max(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER));
            s1 = s1.max(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i + 4L * COUNT, ORDER));
            s2 = s2.max(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i + 8L * COUNT, ORDER));
            s3 = s3.max(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i + 12L * COUNT, ORDER));
        }
        for (; i <= n - COUNT; i += COUNT) {
            s0 = s0.max(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER));
        }
        float result = s0.max(s1).max(s2.max(s3)).reduceLanes(VectorOperators.MAX);
        for (; i < n; i++) {
            result = Math.max(result, RawMemory.f32(x + 4L * i));
        }
        return result;
    }

    /// Σ (x − about)
    static float sumOfDeviations(long x, float about, int n) {
        FloatVector m = FloatVector.broadcast(FLOATS, about);
        FloatVector s0 = FloatVector.broadcast(FLOATS, 0);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int i = 0;
        for (; i <= n - 4 * COUNT; i += 4 * COUNT) {
            s0 = s0.add(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER)
                    .sub(m));
            s1 = s1.add(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i + 4L * COUNT, ORDER)
                    .sub(m));
            s2 = s2.add(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i + 8L * COUNT, ORDER)
                    .sub(m));
            s3 = s3.add(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i + 12L * COUNT, ORDER)
                    .sub(m));
        }
        for (; i <= n - COUNT; i += COUNT) {
            s0 = s0.add(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER)
                    .sub(m));
        }
        float result = Lanes.sum(s0.add(s1).add(s2.add(s3)));
        for (; i < n; i++) {
            result = result + (RawMemory.f32(x + 4L * i) - about);
        }
        return result;
    }

    /// Σ (x − about)²
    static float sumOfSquares(long x, float about, int n) {
        FloatVector m = FloatVector.broadcast(FLOATS, about);
        FloatVector s0 = FloatVector.broadcast(FLOATS, 0);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int i = 0;
        for (; i <= n - 4 * COUNT; i += 4 * COUNT) {
            FloatVector d = FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER)
                    .sub(m);
            s0 = d.fma(d, s0);
            d = FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i + 4L * COUNT, ORDER)
                    .sub(m);
            s1 = d.fma(d, s1);
            d = FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i + 8L * COUNT, ORDER)
                    .sub(m);
            s2 = d.fma(d, s2);
            d = FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i + 12L * COUNT, ORDER)
                    .sub(m);
            s3 = d.fma(d, s3);
        }
        for (; i <= n - COUNT; i += COUNT) {
            FloatVector d = FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER)
                    .sub(m);
            s0 = d.fma(d, s0);
        }
        float result = Lanes.sum(s0.add(s1).add(s2.add(s3)));
        for (; i < n; i++) {
            result = Math.fma(RawMemory.f32(x + 4L * i) - about, RawMemory.f32(x + 4L * i) - about, result);
        }
        return result;
    }

    /// `y = (x − about − off) · scale`
    static void scale(long x, float about, float off, float scale, long y, int n) {
        FloatVector m = FloatVector.broadcast(FLOATS, about);
        FloatVector d = FloatVector.broadcast(FLOATS, off);
        FloatVector f = FloatVector.broadcast(FLOATS, scale);
        int whole = Lanes.whole(n);
        for (int i = 0; i < whole; i += COUNT) {
            FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER)
                    .sub(m)
                    .sub(d)
                    .mul(f)
                    .intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
        for (int i = whole; i < n; i++) {
            RawMemory.f32(y + 4L * i, (RawMemory.f32(x + 4L * i) - about - off) * scale);
        }
    }

    /// `y = (x − about − off) · scale · weight + bias`
    static void scale(long x, float about, float off, float scale, long weight, long bias, long y, int n) {
        FloatVector m = FloatVector.broadcast(FLOATS, about);
        FloatVector d = FloatVector.broadcast(FLOATS, off);
        FloatVector f = FloatVector.broadcast(FLOATS, scale);
        int whole = Lanes.whole(n);
        for (int i = 0; i < whole; i += COUNT) {
            FloatVector v = FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER)
                    .sub(m)
                    .sub(d)
                    .mul(f);
            v.fma(
                            FloatVector.fromMemorySegment(FLOATS, ALL, weight + 4L * i, ORDER),
                            FloatVector.fromMemorySegment(FLOATS, ALL, bias + 4L * i, ORDER))
                    .intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
        for (int i = whole; i < n; i++) {
            float v = (RawMemory.f32(x + 4L * i) - about - off) * scale;
            RawMemory.f32(y + 4L * i, Math.fma(v, RawMemory.f32(weight + 4L * i), RawMemory.f32(bias + 4L * i)));
        }
    }

    /// `y = x · scale · weight`; the result may replace either.
    static void scale(long x, float scale, long weight, long y, int n) {
        FloatVector f = FloatVector.broadcast(FLOATS, scale);
        int whole = Lanes.whole(n);
        for (int i = 0; i < whole; i += COUNT) {
            FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER)
                    .mul(f)
                    .mul(FloatVector.fromMemorySegment(FLOATS, ALL, weight + 4L * i, ORDER))
                    .intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
        for (int i = whole; i < n; i++) {
            RawMemory.f32(y + 4L * i, RawMemory.f32(x + 4L * i) * scale * RawMemory.f32(weight + 4L * i));
        }
    }

    /// `y = y · x`
    static void mul(long y, long x, int n) {
        int whole = Lanes.whole(n);
        for (int i = 0; i < whole; i += COUNT) {
            FloatVector.fromMemorySegment(FLOATS, ALL, y + 4L * i, ORDER)
                    .mul(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER))
                    .intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
        for (int i = whole; i < n; i++) {
            RawMemory.f32(y + 4L * i, RawMemory.f32(y + 4L * i) * RawMemory.f32(x + 4L * i));
        }
    }

    /// `y = y + x`
    static void add(long y, long x, int n) {
        int whole = Lanes.whole(n);
        for (int i = 0; i < whole; i += COUNT) {
            FloatVector.fromMemorySegment(FLOATS, ALL, y + 4L * i, ORDER)
                    .add(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER))
                    .intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
        for (int i = whole; i < n; i++) {
            RawMemory.f32(y + 4L * i, RawMemory.f32(y + 4L * i) + RawMemory.f32(x + 4L * i));
        }
    }

    /// `y = x · cos − x' · sin; y' = x' · cos + x · sin`, with `x'` the `n` elements behind the `n` at `x`.
    static void turn(long x, long cos, long sin, long y, int n) {
        long half = 4L * n;
        int whole = Lanes.whole(n);
        for (int i = 0; i < whole; i += COUNT) {
            FloatVector a = FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER);
            FloatVector b = FloatVector.fromMemorySegment(FLOATS, ALL, x + half + 4L * i, ORDER);
            FloatVector c = FloatVector.fromMemorySegment(FLOATS, ALL, cos + 4L * i, ORDER);
            FloatVector s = FloatVector.fromMemorySegment(FLOATS, ALL, sin + 4L * i, ORDER);
            a.mul(c).sub(b.mul(s)).intoMemorySegment(ALL, y + 4L * i, ORDER);
            b.mul(c).add(a.mul(s)).intoMemorySegment(ALL, y + half + 4L * i, ORDER);
        }
        for (int i = whole; i < n; i++) {
            float a = RawMemory.f32(x + 4L * i);
            float b = RawMemory.f32(x + half + 4L * i);
            float c = RawMemory.f32(cos + 4L * i);
            float s = RawMemory.f32(sin + 4L * i);
            RawMemory.f32(y + 4L * i, a * c - b * s);
            RawMemory.f32(y + half + 4L * i, b * c + a * s);
        }
    }
}
