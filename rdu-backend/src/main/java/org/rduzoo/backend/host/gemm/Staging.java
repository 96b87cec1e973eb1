package org.rduzoo.backend.host.gemm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.rduzoo.ir.DType;

/// What is done to blocks of rows before and after a product, where the product's kernel cannot do it itself.
/// Rows are told by offsets, not slices: those would be objects, a row each, in every step.
final class Staging {

    private Staging() {}

    /// Widens a matrix of bf16; `to` takes its lines one after the other, in the order of memory.
    static void widen(Matrix from, MemorySegment to) {
        int lines = from.transposed() ? from.columns() : from.rows();
        int length = from.transposed() ? from.rows() : from.columns();
        for (int line = 0; line < lines; line++) {
            widenLine(from.data(), line * from.stride() * 2, to, 4L * line * length, length);
        }
    }

    private static void widenLine(MemorySegment from, long first, MemorySegment to, long start, int length) {
        for (int i = 0; i < length; i++) {
            to.set(JAVA_INT_UNALIGNED, start + i * 4L, from.get(JAVA_SHORT_UNALIGNED, first + i * 2L) << 16);
        }
    }

    /// Converts elements of `f32`, `bf16` or `f16`, each rounded to the nearest.
    static void convert(MemorySegment from, DType fromType, MemorySegment to, DType toType, int count) {
        if (fromType == DType.F32 && toType == DType.BF16) {
            round(from, to, count);
            return;
        }
        for (int i = 0; i < count; i++) {
            float x = switch (fromType) {
                case F32 -> from.get(JAVA_FLOAT_UNALIGNED, 4L * i);
                case BF16 -> Bf16.widen(from.get(JAVA_SHORT_UNALIGNED, 2L * i));
                case F16 -> Float.float16ToFloat(from.get(JAVA_SHORT_UNALIGNED, 2L * i));
                default -> throw new IllegalArgumentException("no weight is of " + fromType.text());
            };
            if (toType == DType.F32) {
                to.set(JAVA_FLOAT_UNALIGNED, 4L * i, x);
            } else {
                to.set(JAVA_SHORT_UNALIGNED, 2L * i, Bf16.round(x));
            }
        }
    }

    /// What most checkpoints need at load, in a loop of its own: it runs before anything is compiled.
    private static void round(MemorySegment from, MemorySegment to, int count) {
        for (int i = 0; i < count; i++) {
            to.set(JAVA_SHORT_UNALIGNED, 2L * i, Bf16.round(from.get(JAVA_FLOAT_UNALIGNED, 4L * i)));
        }
    }

    /// Copies rows to rows of the same type.
    static void copy(Matrix from, Matrix to) {
        int bytes = from.type().bytes();
        for (int row = 0; row < from.rows(); row++) {
            MemorySegment.copy(
                    from.data(),
                    row * from.stride() * bytes,
                    to.data(),
                    row * to.stride() * bytes,
                    (long) from.columns() * bytes);
        }
    }

    /// `c = y + residual`, rounded once; the rows of `y`, of f32, are `pitch` elements apart.
    static void finish(MemorySegment y, int pitch, Optional<Matrix> residual, Matrix c) {
        int columns = c.columns();
        for (int row = 0; row < c.rows(); row++) {
            long place = 4L * row * pitch;
            if (residual.isPresent()) {
                Matrix r = residual.get();
                long added = row * r.rowStride() * r.type().bytes();
                if (r.type() == DType.F32) {
                    addLine(r.data(), added, y, place, columns);
                } else {
                    addWidenedLine(r.data(), added, y, place, columns);
                }
            }
            long target = row * c.stride() * c.type().bytes();
            if (c.type() == DType.F32) {
                MemorySegment.copy(y, place, c.data(), target, 4L * columns);
            } else {
                roundLine(y, place, c.data(), target, columns);
            }
        }
    }

    /// `y = y + from`, `length` numbers of `f32` each.
    static void add(MemorySegment from, MemorySegment y, int length) {
        addLine(from, 0, y, 0, length);
    }

    private static void addLine(MemorySegment from, long first, MemorySegment y, long start, int length) {
        for (int i = 0; i < length; i++) {
            long at = start + 4L * i;
            y.set(
                    JAVA_FLOAT_UNALIGNED,
                    at,
                    y.get(JAVA_FLOAT_UNALIGNED, at) + from.get(JAVA_FLOAT_UNALIGNED, first + 4L * i));
        }
    }

    private static void addWidenedLine(MemorySegment from, long first, MemorySegment y, long start, int length) {
        for (int i = 0; i < length; i++) {
            long at = start + 4L * i;
            float r = Bf16.widen(from.get(JAVA_SHORT_UNALIGNED, first + 2L * i));
            y.set(JAVA_FLOAT_UNALIGNED, at, y.get(JAVA_FLOAT_UNALIGNED, at) + r);
        }
    }

    private static void roundLine(MemorySegment from, long first, MemorySegment to, long start, int length) {
        for (int i = 0; i < length; i++) {
            to.set(JAVA_SHORT_UNALIGNED, start + 2L * i, Bf16.round(from.get(JAVA_FLOAT_UNALIGNED, first + 4L * i)));
        }
    }
}
