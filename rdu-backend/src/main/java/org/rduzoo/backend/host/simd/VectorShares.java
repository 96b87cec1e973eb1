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
import static org.rduzoo.backend.host.simd.ShareRows.shift;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.rduzoo.backend.host.kernel.Polynomials;
import org.rduzoo.backend.host.kernel.RawMemory;
import org.rduzoo.backend.host.simd.ShareRows.Rows;

/// The loops of [ShareRows] by vectors.
final class VectorShares {

    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_PREFERRED;

    private static final Outlined SHARES = outlined("sharesLoop");
    private static final Outlined BF16_SHARES = outlined("bf16SharesLoop");
    private static final Outlined FINISH = finishing("finishLoop");
    private static final Outlined BF16_FINISH = finishing("bf16FinishLoop");
    private static final Outlined ROUND =
            Outlined.of(FunctionLoops.class, "round", void.class, long.class, long.class, int.class);

    private VectorShares() {}

    private static Outlined outlined(String name) {
        return Outlined.of(VectorShares.class, name, void.class, Rows.class, int.class, float.class);
    }

    private static Outlined finishing(String name) {
        return Outlined.of(
                VectorShares.class,
                name,
                void.class,
                Rows.class,
                int.class,
                int.class,
                int.class,
                long.class,
                long.class);
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
            int low = rows.low()[row];
            int high = rows.high()[row];
            FloatVector m = splat(shift(rows, row, largest(x, low, high) * scale));
            FloatVector sum = splat(0);
            for (int i = 0; i < low; i += COUNT) {
                store(Splat.ZERO, y + 4L * i);
            }
            for (int i = low; i < high; i += COUNT) {
                FloatVector e = VectorFunctions.expOfNegative(load(x + 4L * i).fma(f, m));
                sum = sum.add(e);
                store(e, y + 4L * i);
            }
            for (int i = high; i < rows.width(); i += COUNT) {
                store(Splat.ZERO, y + 4L * i);
            }
            rows.sum()[row] = Lanes.sum(sum);
        }
    }

    static void bf16SharesLoop(Rows rows, int count, float scale) {
        FloatVector f = splat(scale * Polynomials.LOG2_E);
        ShortVector none = ShortVector.zero(HALVES);
        for (int row = 0; row < count; row++) {
            long x = rows.scores() + 4L * row * rows.width();
            long y = rows.shares() + 2L * row * rows.width();
            int low = rows.low()[row];
            int high = rows.high()[row];
            FloatVector m = splat(shift(rows, row, largest(x, low, high) * scale) * Polynomials.LOG2_E);
            FloatVector sum = splat(0);
            for (int i = 0; i < low; i += COUNT) {
                none.intoMemorySegment(ALL, y + 2L * i, ORDER);
            }
            for (int i = low; i < high; i += COUNT) {
                FloatVector e = VectorFunctions.exp2OfNegative(load(x + 4L * i).fma(f, m));
                sum = sum.add(e);
                Lanes.narrowShares(e, y + 2L * i);
            }
            for (int i = high; i < rows.width(); i += COUNT) {
                none.intoMemorySegment(ALL, y + 2L * i, ORDER);
            }
            rows.sum()[row] = Lanes.sum(sum);
        }
    }

    private static float largest(long x, int low, int high) {
        FloatVector m = splat(Float.NEGATIVE_INFINITY);
        for (int i = low; i < high; i += COUNT) {
            m = Lanes.larger(m, load(x + 4L * i));
        }
        return Lanes.max(m);
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

    static void finish(Rows rows, int first, int step, int count, long to, long stride, boolean toBf16) {
        (toBf16 ? BF16_FINISH : FINISH).run(rows, first, step, count, to, stride);
    }

    static void finishLoop(Rows rows, int first, int step, int count, long to, long stride) {
        int size = rows.size();
        for (int i = 0; i < count; i++) {
            int row = first + i * step;
            scale(rows.outputs() + 4L * row * size, rows.factor()[row], to + i * stride, size);
        }
    }

    static void bf16FinishLoop(Rows rows, int first, int step, int count, long to, long stride) {
        int size = rows.size();
        int whole = Lanes.whole(size);
        for (int i = 0; i < count; i++) {
            int row = first + i * step;
            long x = rows.outputs() + 4L * row * size;
            long y = to + i * stride;
            float factor = rows.factor()[row];
            FloatVector f = splat(factor);
            for (int c = 0; c < whole; c += COUNT) {
                Lanes.narrow(load(x + 4L * c).mul(f), y + 2L * c);
            }
            for (int c = whole; c < size; c++) {
                RawMemory.bf16(y + 2L * c, RawMemory.f32(x + 4L * c) * factor);
            }
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
