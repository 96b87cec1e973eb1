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
import org.rduzoo.backend.host.kernel.Place;
import org.rduzoo.backend.host.kernel.RawMemory;

/// One row times a weight of `bf16` in blocks of 32 columns: of a block, two elements of each column, then the next
/// two. The library's products of many rows read the same layout, so that a weight lies in memory once.
///
/// The weight goes by as one stream; a vector holds two elements of each of its columns, and what they add up to stays
/// in registers.
public final class PairedRow {

    /// Columns of a block.
    public static final int COLUMNS = 32;

    private static final int PAIR_BYTES = 4 * COLUMNS;

    private static final Loop ROW = new Loop((a, b, c, n) -> Vectors.ROW.run(a, b, n / 4, COLUMNS, c));

    /// Loaded when they are first used.
    private static final class Vectors {
        static final Outlined ROW = Outlined.of(
                PairedRow.class, "row", void.class, long.class, long.class, int.class, int.class, long.class);
    }

    private final int n;
    private final int k;
    private final Place x;
    private final Place weight;
    private final long wide;
    private final long y;

    /// @param n columns, a multiple of [#COLUMNS]
    /// @param k elements of a column, a multiple of 4
    /// @param x `k` elements of `bf16`
    /// @param weight the blocks
    /// @param scratch an address with room for `k` numbers of `f32`
    /// @param y the address of `n` numbers of `f32`
    public PairedRow(int n, int k, Place x, Place weight, long scratch, long y) {
        if (n % COLUMNS != 0 || k % 4 != 0) {
            throw new IllegalArgumentException("%d columns of %d elements are no whole blocks".formatted(n, k));
        }
        this.n = n;
        this.k = k;
        this.x = x.require(k);
        this.weight = weight.require((long) n * k);
        this.wide = scratch;
        this.y = y;
    }

    public void run() {
        if (ROW.isCompiled()) {
            FunctionLoops.widen(x.address(), wide, k);
            Vectors.ROW.run(wide, weight.address(), k, n, y);
        } else {
            rowWithoutVectors(Copies.widen(Copies.shorts(x.address(), k)), weight.address(), n, y);
        }
    }

    /// As [#row], with the same bits.
    static void rowWithoutVectors(float[] x, long weight, int n, long y) {
        int k = x.length;
        float[] sums = new float[COLUMNS];
        for (int column = 0; column < n; column += COLUMNS) {
            // Four sums a column, of every fourth product each.
            float[][] parts = new float[4][COLUMNS];
            int[] pairs = Copies.ints(weight + 2L * k * column, k / 2 * COLUMNS);
            for (int i = 0; i < k; i += 2) {
                add(pairs, i / 2 * COLUMNS, x[i], parts[i & 3], x[i + 1], parts[i + 1 & 3]);
            }
            for (int c = 0; c < COLUMNS; c++) {
                sums[c] = parts[0][c] + parts[1][c] + (parts[2][c] + parts[3][c]);
            }
            Copies.store(sums, y + 4L * column);
        }
    }

    private static void add(int[] pairs, int at, float even, float[] evens, float odd, float[] odds) {
        for (int c = 0; c < COLUMNS; c++) {
            int pair = pairs[at + c];
            evens[c] = Math.fma(Float.intBitsToFloat(pair << 16), even, evens[c]);
            odds[c] = Math.fma(Float.intBitsToFloat(pair & 0xffff0000), odd, odds[c]);
        }
    }

    static void row(long x, long weight, int k, int n, long y) {
        for (int column = 0; column < n; column += 2 * COUNT) {
            long w = weight + 2L * k * ((long) column / COLUMNS * COLUMNS) + 4L * (column % COLUMNS);
            FloatVector s0 = FloatVector.zero(FLOATS);
            FloatVector s1 = s0;
            FloatVector s2 = s0;
            FloatVector s3 = s0;
            FloatVector t0 = s0;
            FloatVector t1 = s0;
            FloatVector t2 = s0;
            FloatVector t3 = s0;
            for (int i = 0; i < k; i += 4, w += 2 * PAIR_BYTES) {
                long at = x + 4L * i;
                FloatVector x0 = FloatVector.broadcast(FLOATS, RawMemory.f32(at));
                FloatVector x1 = FloatVector.broadcast(FLOATS, RawMemory.f32(at + 4));
                FloatVector x2 = FloatVector.broadcast(FLOATS, RawMemory.f32(at + 8));
                FloatVector x3 = FloatVector.broadcast(FLOATS, RawMemory.f32(at + 12));
                IntVector a = IntVector.fromMemorySegment(INTS, ALL, w, ORDER);
                IntVector b = IntVector.fromMemorySegment(INTS, ALL, w + 4L * COUNT, ORDER);
                IntVector c = IntVector.fromMemorySegment(INTS, ALL, w + PAIR_BYTES, ORDER);
                IntVector d = IntVector.fromMemorySegment(INTS, ALL, w + PAIR_BYTES + 4L * COUNT, ORDER);
                s0 = even(a).fma(x0, s0);
                s1 = odd(a).fma(x1, s1);
                t0 = even(b).fma(x0, t0);
                t1 = odd(b).fma(x1, t1);
                s2 = even(c).fma(x2, s2);
                s3 = odd(c).fma(x3, s3);
                t2 = even(d).fma(x2, t2);
                t3 = odd(d).fma(x3, t3);
            }
            Lanes.store(s0.add(s1).add(s2.add(s3)), y + 4L * column);
            Lanes.store(t0.add(t1).add(t2.add(t3)), y + 4L * column + 4L * COUNT);
        }
    }
}
