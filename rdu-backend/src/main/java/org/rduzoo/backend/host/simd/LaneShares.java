package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.kernel.RawMemory.ALL;
import static org.rduzoo.backend.host.simd.Copies.floats;
import static org.rduzoo.backend.host.simd.Copies.store;

import java.lang.foreign.ValueLayout;
import org.rduzoo.backend.host.kernel.ScalarFunctions;
import org.rduzoo.backend.host.simd.ShareRows.Rows;

/// The loops of [ShareRows] an element at a time, to the last bit as by vectors.
final class LaneShares {

    private static final LaneTileMath MATH = new LaneTileMath();

    private LaneShares() {}

    static float max(long x, int n) {
        return MATH.max(x, n);
    }

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
            shares(v, scale, -rows.max()[row]);
            rows.sum()[row] += LaneSums.ofLanes(v);
            clear(y, (long) bytes * low);
            if (toBf16) {
                store(Copies.narrow(v), y + 2L * low);
            } else {
                store(v, y + 4L * low);
            }
            clear(y + (long) bytes * high, (long) bytes * (rows.width() - high));
        }
    }

    private static void shares(float[] v, float scale, float shift) {
        for (int i = 0; i < v.length; i++) {
            v[i] = ScalarFunctions.exp(Math.fma(v[i], scale, shift));
        }
    }

    static void scale(long x, float factor, long y, int n) {
        store(scaled(x, factor, n), y);
    }

    static void scaleToBf16(long x, float factor, long y, int n) {
        store(Copies.narrow(scaled(x, factor, n)), y);
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
