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
import org.rduzoo.backend.host.simd.ShareRows.Rows;

/// The loops of [ShareRows] by vectors.
final class VectorShares {

    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_PREFERRED;

    private static final Outlined SHARES = outlined("sharesLoop");
    private static final Outlined BF16_SHARES = outlined("bf16SharesLoop");
    private static final Outlined ROUND =
            Outlined.of(FunctionLoops.class, "round", void.class, long.class, long.class, int.class);

    private VectorShares() {}

    private static Outlined outlined(String name) {
        return Outlined.of(VectorShares.class, name, void.class, Rows.class, int.class, float.class);
    }

    static float max(long x, int n) {
        FloatVector m = splat(Float.NEGATIVE_INFINITY);
        for (int i = 0; i < n; i += COUNT) {
            m = m.max(load(x + 4L * i));
        }
        return m.reduceLanes(VectorOperators.MAX);
    }

    static void scaleAndRound(long x, float scale, int n) {
        scale(x, scale, x, n);
        ROUND.run(x, x, n);
    }

    static void hideOthers(long x, long segments, int segment, int n) {
        for (int i = 0; i < n; i += COUNT) {
            VectorMask<Float> hidden = IntVector.fromMemorySegment(INTS, ALL, segments + 4L * i, ORDER)
                    .compare(VectorOperators.NE, segment)
                    .cast(FLOATS);
            store(load(x + 4L * i).blend(Splat.MINUS_INFINITY, hidden), x + 4L * i);
        }
    }

    static void shares(Rows rows, int count, float scale, boolean toBf16) {
        (toBf16 ? BF16_SHARES : SHARES).run(rows, count, scale);
    }

    static void sharesLoop(Rows rows, int count, float scale) {
        FloatVector f = splat(scale);
        for (int row = 0; row < count; row++) {
            long x = rows.scores() + 4L * row * rows.width();
            long y = rows.shares() + 4L * row * rows.width();
            FloatVector m = splat(-rows.max()[row]);
            FloatVector sum = splat(0);
            for (int i = 0; i < rows.low()[row]; i += COUNT) {
                store(Splat.ZERO, y + 4L * i);
            }
            for (int i = rows.low()[row]; i < rows.high()[row]; i += COUNT) {
                FloatVector e = VectorFunctions.expOfNegative(load(x + 4L * i).fma(f, m));
                sum = sum.add(e);
                store(e, y + 4L * i);
            }
            for (int i = rows.high()[row]; i < rows.width(); i += COUNT) {
                store(Splat.ZERO, y + 4L * i);
            }
            rows.sum()[row] += Lanes.sum(sum);
        }
    }

    static void bf16SharesLoop(Rows rows, int count, float scale) {
        FloatVector f = splat(scale);
        ShortVector none = ShortVector.zero(HALVES);
        for (int row = 0; row < count; row++) {
            long x = rows.scores() + 4L * row * rows.width();
            long y = rows.shares() + 2L * row * rows.width();
            FloatVector m = splat(-rows.max()[row]);
            FloatVector sum = splat(0);
            for (int i = 0; i < rows.low()[row]; i += COUNT) {
                none.intoMemorySegment(ALL, y + 2L * i, ORDER);
            }
            for (int i = rows.low()[row]; i < rows.high()[row]; i += COUNT) {
                FloatVector e = VectorFunctions.expOfNegative(load(x + 4L * i).fma(f, m));
                sum = sum.add(e);
                Lanes.narrowFinite(e, y + 2L * i);
            }
            for (int i = rows.high()[row]; i < rows.width(); i += COUNT) {
                none.intoMemorySegment(ALL, y + 2L * i, ORDER);
            }
            rows.sum()[row] += Lanes.sum(sum);
        }
    }

    static void scale(long x, float factor, long y, int n) {
        FloatVector f = splat(factor);
        int whole = Lanes.whole(n);
        for (int i = 0; i < whole; i += COUNT) {
            store(load(x + 4L * i).mul(f), y + 4L * i);
        }
        for (int i = whole; i < n; i++) {
            RawMemory.f32(y + 4L * i, RawMemory.f32(x + 4L * i) * factor);
        }
    }

    static void scaleToBf16(long x, float factor, long y, int n) {
        FloatVector f = splat(factor);
        int whole = Lanes.whole(n);
        for (int i = 0; i < whole; i += COUNT) {
            Lanes.narrow(load(x + 4L * i).mul(f), y + 2L * i);
        }
        for (int i = whole; i < n; i++) {
            RawMemory.bf16(y + 2L * i, RawMemory.f32(x + 4L * i) * factor);
        }
    }

    static void copy(long from, long fromStride, long to, long toStride, int bytes, int rows) {
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

    static void widen(long from, long fromStride, long to, long toStride, int columns, int rows) {
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

    static void clear(long to, long bytes) {
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
