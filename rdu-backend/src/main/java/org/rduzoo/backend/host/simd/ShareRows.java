package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.kernel.RawMemory.ALL;
import static org.rduzoo.backend.host.simd.Lanes.COUNT;
import static org.rduzoo.backend.host.simd.Lanes.FLOATS;
import static org.rduzoo.backend.host.simd.Lanes.HALVES;
import static org.rduzoo.backend.host.simd.Lanes.INTS;
import static org.rduzoo.backend.host.simd.Lanes.ORDER;
import static org.rduzoo.backend.host.simd.Lanes.load;
import static org.rduzoo.backend.host.simd.Lanes.splat;
import static org.rduzoo.backend.host.simd.Lanes.store;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.rduzoo.backend.host.kernel.RawMemory;

/// What attention does to rows between its products of matrices: rows of scores become shares of keys, in `f32` or
/// `bf16`. Scores come in multiples of [#GRAIN], which is at least the lanes of a vector.
public final class ShareRows {

    public static final int GRAIN = 16;

    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_PREFERRED;

    private static final Outlined SHARES = outlined("sharesLoop");
    private static final Outlined BF16_SHARES = outlined("bf16SharesLoop");
    private static final Outlined ROUND =
            Outlined.of(FunctionLoops.class, "round", void.class, long.class, long.class, int.class);

    private static final Outlined BF16_DROP = Outlined.of(
            Dropping.class, "dropBf16", void.class, long.class, long.class, int.class, int.class, int.class);

    private ShareRows() {}

    private static Outlined outlined(String name) {
        return Outlined.of(ShareRows.class, name, void.class, Rows.class, int.class, float.class);
    }

    /// Rows of scores and what becomes of them. Of row `i`, only `[low[i], high[i])` counts, both multiples of
    /// [#GRAIN]; where they are equal, nothing does.
    ///
    /// @param scores the address of the first row, of `f32`
    /// @param shares the address of the first row, of `f32` or `bf16`
    /// @param width elements of a row of either
    /// @param max the largest scaled score of each row
    /// @param sum what the exponentials of each row add up to
    public record Rows(long scores, long shares, int width, int[] low, int[] high, float[] max, float[] sum) {}

    /// The largest of `n` scores, −∞ of none; NaN if there is one.
    public static float max(long x, int n) {
        FloatVector m = splat(Float.NEGATIVE_INFINITY);
        for (int i = 0; i < n; i += COUNT) {
            m = m.max(load(x + 4L * i));
        }
        return m.reduceLanes(VectorOperators.MAX);
    }

    /// Multiplies `n` scores, each to the nearest `bf16`.
    public static void scaleAndRound(long x, float scale, int n) {
        scale(x, scale, x, n);
        ROUND.run(x, x, n);
    }

    /// Gives −∞ to the scores whose number at `segments` is another than `segment`.
    public static void hideOthers(long x, long segments, int segment, int n) {
        for (int i = 0; i < n; i += COUNT) {
            VectorMask<Float> hidden = IntVector.fromMemorySegment(INTS, ALL, segments + 4L * i, ORDER)
                    .compare(VectorOperators.NE, segment)
                    .cast(FLOATS);
            store(load(x + 4L * i).blend(Splat.MINUS_INFINITY, hidden), x + 4L * i);
        }
    }

    /// Turns the first `count` rows into shares, exp(scale · score − max), and adds them to the sums. What does not
    /// count gets 0.
    ///
    /// @param toBf16 whether shares are rounded to the nearest `bf16`; sums are not
    public static void shares(Rows rows, int count, float scale, boolean toBf16) {
        (toBf16 ? BF16_SHARES : SHARES).run(rows, count, scale);
    }

    static void sharesLoop(Rows rows, int count, float scale) {
        FloatVector f = splat(scale);
        for (int row = 0; row < count; row++) {
            long x = rows.scores + 4L * row * rows.width;
            long y = rows.shares + 4L * row * rows.width;
            FloatVector m = splat(-rows.max[row]);
            FloatVector sum = splat(0);
            for (int i = 0; i < rows.low[row]; i += COUNT) {
                store(Splat.ZERO, y + 4L * i);
            }
            for (int i = rows.low[row]; i < rows.high[row]; i += COUNT) {
                FloatVector e = VectorFunctions.expOfNegative(load(x + 4L * i).fma(f, m));
                sum = sum.add(e);
                store(e, y + 4L * i);
            }
            for (int i = rows.high[row]; i < rows.width; i += COUNT) {
                store(Splat.ZERO, y + 4L * i);
            }
            rows.sum[row] += Lanes.sum(sum);
        }
    }

    static void bf16SharesLoop(Rows rows, int count, float scale) {
        FloatVector f = splat(scale);
        ShortVector none = ShortVector.zero(HALVES);
        for (int row = 0; row < count; row++) {
            long x = rows.scores + 4L * row * rows.width;
            long y = rows.shares + 2L * row * rows.width;
            FloatVector m = splat(-rows.max[row]);
            FloatVector sum = splat(0);
            for (int i = 0; i < rows.low[row]; i += COUNT) {
                none.intoMemorySegment(ALL, y + 2L * i, ORDER);
            }
            for (int i = rows.low[row]; i < rows.high[row]; i += COUNT) {
                FloatVector e = VectorFunctions.expOfNegative(load(x + 4L * i).fma(f, m));
                sum = sum.add(e);
                Lanes.narrowFinite(e, y + 2L * i);
            }
            for (int i = rows.high[row]; i < rows.width; i += COUNT) {
                none.intoMemorySegment(ALL, y + 2L * i, ORDER);
            }
            rows.sum[row] += Lanes.sum(sum);
        }
    }

    /// Gives 0 to those of `n` shares, a multiple of [#GRAIN], that are dropped.
    ///
    /// @param shares of `bf16` or `f32`
    /// @param key what their numbers come from
    /// @param index the place of the first of them in its row
    public static void drop(long shares, boolean bf16, long key, int index, float probability, int n) {
        if (bf16) {
            BF16_DROP.run(shares, key, index, Dropping.least(probability), n);
        } else {
            Dropping.run(shares, shares, key, index, probability, 1, n);
        }
    }

    /// `y = x · factor`, any number.
    public static void scale(long x, float factor, long y, int n) {
        FloatVector f = splat(factor);
        int whole = Lanes.whole(n);
        for (int i = 0; i < whole; i += COUNT) {
            store(load(x + 4L * i).mul(f), y + 4L * i);
        }
        for (int i = whole; i < n; i++) {
            RawMemory.f32(y + 4L * i, RawMemory.f32(x + 4L * i) * factor);
        }
    }

    /// The nearest `bf16` to x · factor, any number.
    public static void scaleToBf16(long x, float factor, long y, int n) {
        FloatVector f = splat(factor);
        int whole = Lanes.whole(n);
        for (int i = 0; i < whole; i += COUNT) {
            Lanes.narrow(load(x + 4L * i).mul(f), y + 2L * i);
        }
        for (int i = whole; i < n; i++) {
            RawMemory.bf16(y + 2L * i, RawMemory.f32(x + 4L * i) * factor);
        }
    }

    /// Copies `rows` rows of `bytes` bytes, which start `fromStride` and `toStride` bytes apart.
    public static void copy(long from, long fromStride, long to, long toStride, int bytes, int rows) {
        int whole = bytes & -BYTES.length();
        for (int row = 0; row < rows; row++) {
            long x = from + row * fromStride;
            long y = to + row * toStride;
            for (int i = 0; i < whole; i += BYTES.length()) {
                ByteVector.fromMemorySegment(BYTES, ALL, x + i, ORDER).intoMemorySegment(ALL, y + i, ORDER);
            }
            for (int i = whole; i < bytes; i++) {
                RawMemory.i8(y + i, RawMemory.i8(x + i));
            }
        }
    }

    /// Copies `rows` rows of `columns` `bf16` to rows of `f32`; strides are in bytes.
    public static void widen(long from, long fromStride, long to, long toStride, int columns, int rows) {
        int whole = Lanes.whole(columns);
        for (int row = 0; row < rows; row++) {
            long x = from + row * fromStride;
            long y = to + row * toStride;
            for (int i = 0; i < whole; i += COUNT) {
                store(Lanes.widen(x + 2L * i), y + 4L * i);
            }
            for (int i = whole; i < columns; i++) {
                RawMemory.f32(y + 4L * i, RawMemory.bf16(x + 2L * i));
            }
        }
    }

    /// Zeros `bytes` bytes.
    public static void clear(long to, long bytes) {
        ByteVector zero = ByteVector.zero(BYTES);
        long i = 0;
        for (; i + BYTES.length() <= bytes; i += BYTES.length()) {
            zero.intoMemorySegment(ALL, to + i, ORDER);
        }
        for (; i < bytes; i++) {
            RawMemory.i8(to + i, (byte) 0);
        }
    }
}
