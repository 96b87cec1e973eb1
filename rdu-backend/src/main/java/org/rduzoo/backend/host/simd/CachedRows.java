package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.kernel.RawMemory.ALL;
import static org.rduzoo.backend.host.simd.Lanes.COUNT;
import static org.rduzoo.backend.host.simd.Lanes.FLOATS;
import static org.rduzoo.backend.host.simd.Lanes.INTS;
import static org.rduzoo.backend.host.simd.Lanes.ORDER;
import static org.rduzoo.backend.host.simd.Lanes.even;
import static org.rduzoo.backend.host.simd.Lanes.odd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// Keys and values of `bf16` where they lie in a cache, times queries and weights.
///
/// Two elements are taken as one number of 32 bits: its upper half is the odd element, its lower half the even one. So
/// a query is split once, in blocks of [#BLOCK]: the even elements, then the odd ones.
final class CachedRows {

    /// Elements that are read at a time; sizes are multiples of it.
    static final int BLOCK = 2 * COUNT;

    /// Rows that are taken together, so that no sum waits for the one before.
    private static final int TOGETHER = 4;

    private static final VectorSpecies<Float> QUARTET = FloatVector.SPECIES_128;
    private static final int HALF = COUNT / 2;
    private static final int QUARTER = COUNT / 4;
    private static final VectorMask<Float> UPPER_HALF = lanesWith(HALF);
    private static final VectorMask<Float> UPPER_QUARTER = lanesWith(QUARTER);
    private static final VectorShuffle<Float> OTHER_HALF = VectorShuffle.fromOp(FLOATS, i -> i ^ HALF);
    private static final VectorShuffle<Float> OTHER_QUARTER = VectorShuffle.fromOp(FLOATS, i -> i ^ QUARTER);
    private static final VectorShuffle<Float> FIRST_OF_QUARTERS =
            VectorShuffle.fromOp(FLOATS, i -> (i & 1) * HALF + (i >> 1 & 1) * QUARTER);
    private static final VectorMask<Float> ODD_LANES = lanesWith(1);
    private static final VectorShuffle<Float> FIRST_TWICE = VectorShuffle.fromOp(FLOATS, i -> i / 2);
    private static final VectorShuffle<Float> LAST_TWICE = VectorShuffle.fromOp(FLOATS, i -> HALF + i / 2);

    private CachedRows() {}

    private static VectorMask<Float> lanesWith(int bit) {
        boolean[] set = new boolean[COUNT];
        for (int i = 0; i < COUNT; i++) {
            set[i] = (i & bit) != 0;
        }
        return VectorMask.fromArray(FLOATS, set, 0);
    }

    /// Multiplies `count` keys of `size` elements, `stride` bytes apart, by the split query at `at`. What comes out, a
    /// vector a key, is added to `products` from `to` on.
    static void multiply(float[] query, int at, long keys, long stride, int count, int size, float[] products, int to) {
        for (int d = 0; d < size; d += BLOCK) {
            FloatVector even = FloatVector.fromArray(FLOATS, query, at + d);
            FloatVector odd = FloatVector.fromArray(FLOATS, query, at + d + COUNT);
            for (int i = 0; i < count; i++) {
                IntVector key = pairs(keys + 2L * d + i * stride);
                FloatVector sum = FloatVector.fromArray(FLOATS, products, to + i * COUNT);
                odd(key).fma(odd, even(key).fma(even, sum)).intoArray(products, to + i * COUNT);
            }
        }
    }

    /// Sums the vectors of `products` up: one number of each goes to `scores`, from `to` on, and up to three more.
    static void add(float[] products, int count, float[] scores, int to) {
        for (int i = 0; i < count; i += TOGETHER) {
            int at = i * COUNT;
            sums(
                            FloatVector.fromArray(FLOATS, products, at),
                            FloatVector.fromArray(FLOATS, products, at + COUNT),
                            FloatVector.fromArray(FLOATS, products, at + 2 * COUNT),
                            FloatVector.fromArray(FLOATS, products, at + 3 * COUNT))
                    .intoArray(scores, to + i);
        }
    }

    /// What [Lanes#sum] yields of each of four vectors, in fewer steps.
    private static FloatVector sums(FloatVector a, FloatVector b, FloatVector c, FloatVector d) {
        FloatVector ab = a.blend(b, UPPER_HALF).add(b.blend(a, UPPER_HALF).rearrange(OTHER_HALF));
        FloatVector cd = c.blend(d, UPPER_HALF).add(d.blend(c, UPPER_HALF).rearrange(OTHER_HALF));
        FloatVector s =
                ab.blend(cd, UPPER_QUARTER).add(cd.blend(ab, UPPER_QUARTER).rearrange(OTHER_QUARTER));
        if (QUARTER > 2) {
            s = s.add(s.rearrange(Lanes.TWO_ON));
        }
        if (QUARTER > 1) {
            s = s.add(s.rearrange(Lanes.ONE_ON));
        }
        return (FloatVector) s.rearrange(FIRST_OF_QUARTERS).reinterpretShape(QUARTET, 0);
    }

    /// Adds to the row of sums at `to`, split as queries are, `count` values of `size` elements, `stride` bytes apart,
    /// each times its weight from `at` on.
    static void weigh(float[] weights, int at, long values, long stride, int count, int size, float[] sums, int to) {
        for (int d = 0; d < size; d += BLOCK) {
            weigh(weights, at, values + 2L * d, stride, count, sums, to + d);
        }
    }

    private static void weigh(float[] weights, int at, long value, long stride, int count, float[] sums, int to) {
        FloatVector e0 = FloatVector.fromArray(FLOATS, sums, to);
        FloatVector e1 = FloatVector.zero(FLOATS);
        FloatVector e2 = e1;
        FloatVector e3 = e1;
        FloatVector o0 = FloatVector.fromArray(FLOATS, sums, to + COUNT);
        FloatVector o1 = e1;
        FloatVector o2 = e1;
        FloatVector o3 = e1;
        int i = 0;
        int whole = count & -TOGETHER;
        while (i != whole) {
            FloatVector w0 = FloatVector.broadcast(FLOATS, weights[at + i]);
            FloatVector w1 = FloatVector.broadcast(FLOATS, weights[at + i + 1]);
            FloatVector w2 = FloatVector.broadcast(FLOATS, weights[at + i + 2]);
            FloatVector w3 = FloatVector.broadcast(FLOATS, weights[at + i + 3]);
            IntVector v0 = pairs(value);
            IntVector v1 = pairs(value + stride);
            IntVector v2 = pairs(value + 2 * stride);
            IntVector v3 = pairs(value + 3 * stride);
            e0 = even(v0).fma(w0, e0);
            o0 = odd(v0).fma(w0, o0);
            e1 = even(v1).fma(w1, e1);
            o1 = odd(v1).fma(w1, o1);
            e2 = even(v2).fma(w2, e2);
            o2 = odd(v2).fma(w2, o2);
            e3 = even(v3).fma(w3, e3);
            o3 = odd(v3).fma(w3, o3);
            i += TOGETHER;
            value += TOGETHER * stride;
        }
        for (; i < count; i++, value += stride) {
            FloatVector w = FloatVector.broadcast(FLOATS, weights[at + i]);
            IntVector v = pairs(value);
            e0 = even(v).fma(w, e0);
            o0 = odd(v).fma(w, o0);
        }
        e0.add(e1).add(e2.add(e3)).intoArray(sums, to);
        o0.add(o1).add(o2.add(o3)).intoArray(sums, to + COUNT);
    }

    /// Brings a split row of `size` elements at `at` into order. Called through [Outlined].
    static void mend(float[] sums, int at, int size) {
        for (int d = 0; d < size; d += BLOCK) {
            FloatVector even = FloatVector.fromArray(FLOATS, sums, at + d);
            FloatVector odd = FloatVector.fromArray(FLOATS, sums, at + d + COUNT);
            even.rearrange(FIRST_TWICE)
                    .blend(odd.rearrange(FIRST_TWICE), ODD_LANES)
                    .intoArray(sums, at + d);
            even.rearrange(LAST_TWICE)
                    .blend(odd.rearrange(LAST_TWICE), ODD_LANES)
                    .intoArray(sums, at + d + COUNT);
        }
    }

    private static IntVector pairs(long address) {
        return IntVector.fromMemorySegment(INTS, ALL, address, ORDER);
    }
}
