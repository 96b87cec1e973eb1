package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.kernel.RawMemory.ALL;
import static org.rduzoo.backend.host.simd.Copies.floats;
import static org.rduzoo.backend.host.simd.Copies.store;
import static org.rduzoo.backend.host.simd.ShareRows.shift;

import java.lang.foreign.ValueLayout;
import org.rduzoo.backend.host.kernel.Polynomials;
import org.rduzoo.backend.host.kernel.ScalarFunctions;
import org.rduzoo.backend.host.simd.ShareRows.Rows;

/// The loops of [ShareRows] an element at a time, to the last bit as by vectors.
final class LaneShares {

    private static final LaneTileMath MATH = new LaneTileMath();

    private LaneShares() {}

    static void scaleAndRound(long x, float scale, int n) {
        scale(x, scale, x, n);
        MATH.round(x, x, n);
    }

    static void hideOthers(long x, long segments, int segment, int n) {
        float[] v = floats(x, n);
        for (int i = 0; i < n; i++) {
            if (ALL.get(ValueLayout.JAVA_INT_UNALIGNED, segments + 4L * i) != segment) {
                v[i] = Float.NEGATIVE_INFINITY;
            }
        }
        store(v, x);
    }

    static void shares(Rows rows, int count, float scale, boolean toBf16) {
        int bytes = toBf16 ? 2 : 4;
        for (int row = 0; row < count; row++) {
            long y = rows.shares() + (long) bytes * row * rows.width();
            int low = rows.low()[row];
            int high = rows.high()[row];
            float[] v = floats(rows.scores() + 4L * row * rows.width() + 4L * low, high - low);
            float shift = shift(rows, row, largest(v) * scale);
            clear(y, (long) bytes * low);
            if (toBf16) {
                powersOf2(v, scale * Polynomials.LOG2_E, shift * Polynomials.LOG2_E);
                store(narrow(v), y + 2L * low);
            } else {
                exponentials(v, scale, shift);
                store(v, y + 4L * low);
            }
            rows.sum()[row] = LaneSums.ofLanes(v);
            clear(y + (long) bytes * high, (long) bytes * (rows.width() - high));
        }
    }

    private static float largest(float[] v) {
        float max = Float.NEGATIVE_INFINITY;
        for (float x : v) {
            max = x > max ? x : max;
        }
        return max;
    }

    private static void exponentials(float[] v, float scale, float shift) {
        for (int i = 0; i < v.length; i++) {
            v[i] = ScalarFunctions.exp(Math.fma(v[i], scale, shift));
        }
    }

    private static void powersOf2(float[] v, float scale, float shift) {
        for (int i = 0; i < v.length; i++) {
            v[i] = ScalarFunctions.exp2OfNegative(Math.fma(v[i], scale, shift));
        }
    }

    /// As [Lanes#narrowShares].
    private static short[] narrow(float[] shares) {
        short[] narrow = new short[shares.length];
        for (int i = 0; i < narrow.length; i++) {
            narrow[i] = (short) ((Float.floatToRawIntBits(shares[i]) + 0x8000) >>> 16);
        }
        return narrow;
    }

    static void finish(Rows rows, int first, int step, int count, long to, long stride, boolean toBf16) {
        for (int i = 0; i < count; i++) {
            int row = first + i * step;
            float[] v = scaled(rows.outputs() + 4L * row * rows.size(), rows.factor()[row], rows.size());
            if (toBf16) {
                store(Copies.narrow(v), to + i * stride);
            } else {
                store(v, to + i * stride);
            }
        }
    }

    static void scale(long x, float factor, long y, int n) {
        store(scaled(x, factor, n), y);
    }

    private static float[] scaled(long x, float factor, int n) {
        float[] v = floats(x, n);
        for (int i = 0; i < n; i++) {
            v[i] *= factor;
        }
        return v;
    }

    static void copy(long from, long fromStride, long to, long toStride, int bytes, int rows) {
        for (int row = 0; row < rows; row++) {
            Copies.copy(from + row * fromStride, to + row * toStride, bytes);
        }
    }

    static void widen(long from, long fromStride, long to, long toStride, int columns, int rows) {
        for (int row = 0; row < rows; row++) {
            MATH.widen(from + row * fromStride, to + row * toStride, columns);
        }
    }

    static void clear(long to, long bytes) {
        ALL.asSlice(to, bytes).fill((byte) 0);
    }
}
