package org.rduzoo.backend.host.gemm;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.rduzoo.ir.DType;

/// What is done to blocks of rows before and after a product, where the product's kernel cannot do it itself.
final class Staging {

    private Staging() {}

    /// Widens a matrix of bf16; `to` takes its lines one after the other, in the order of memory.
    static void widen(Matrix from, MemorySegment to) {
        int lines = from.transposed() ? from.columns() : from.rows();
        int length = from.transposed() ? from.rows() : from.columns();
        for (int line = 0; line < lines; line++) {
            MemorySegment source = from.data().asSlice(line * from.stride() * 2, length * 2L);
            MemorySegment target = to.asSlice(4L * line * length, 4L * length);
            for (int i = 0; i < length; i++) {
                target.set(JAVA_INT_UNALIGNED, i * 4L, source.get(JAVA_SHORT_UNALIGNED, i * 2L) << 16);
            }
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
        for (int row = 0; row < c.rows(); row++) {
            MemorySegment source = y.asSlice(4L * row * pitch, 4L * c.columns());
            if (residual.isPresent()) {
                add(residual.get().rowRange(new Range(row, row + 1)), source);
            }
            MemorySegment target = c.data().asSlice(row * c.stride() * c.type().bytes());
            if (c.type() == DType.F32) {
                MemorySegment.copy(source, 0, target, 0, source.byteSize());
            } else {
                for (int i = 0; i < c.columns(); i++) {
                    target.set(JAVA_SHORT_UNALIGNED, 2L * i, Bf16.round(source.get(JAVA_FLOAT_UNALIGNED, 4L * i)));
                }
            }
        }
    }

    private static void add(Matrix row, MemorySegment y) {
        for (int i = 0; i < row.columns(); i++) {
            float r = row.type() == DType.F32
                    ? row.data().get(JAVA_FLOAT_UNALIGNED, 4L * i)
                    : Bf16.widen(row.data().get(JAVA_SHORT_UNALIGNED, 2L * i));
            y.set(JAVA_FLOAT_UNALIGNED, 4L * i, y.get(JAVA_FLOAT_UNALIGNED, 4L * i) + r);
        }
    }
}
