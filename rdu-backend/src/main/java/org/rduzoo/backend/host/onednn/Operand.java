package org.rduzoo.backend.host.onednn;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.rduzoo.ir.DType;

/// How a matrix lies in memory.
///
/// @param type `f32` or `bf16`
/// @param rowStride elements from a row to the next
/// @param columnStride elements from a column to the next; one of the two strides is 1
public record Operand(DType type, long rowStride, long columnStride) implements Right {

    /// Rows one after the other, each contiguous.
    public static Operand rows(DType type, long rowStride) {
        return new Operand(type, rowStride, 1);
    }

    /// Columns one after the other, each contiguous.
    public static Operand columns(DType type, long columnStride) {
        return new Operand(type, 1, columnStride);
    }

    /// oneDNN's description of a matrix that lies so; the caller's to destroy.
    MemorySegment description(int rows, int columns) {
        return Functions.description(code(type), new long[] {rows, columns}, new long[] {rowStride, columnStride});
    }

    // A record's own methods are linked when they are first called, which takes some milliseconds of each start.

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Operand o
                && type == o.type
                && rowStride == o.rowStride
                && columnStride == o.columnStride;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(31 * rowStride + columnStride);
    }

    int code() {
        return code(type);
    }

    static int code(DType type) {
        return switch (type) {
            case F32 -> Functions.F32;
            case BF16 -> Functions.BF16;
            default -> throw new IllegalArgumentException("a product is of f32 or bf16, not of " + type.text());
        };
    }
}
