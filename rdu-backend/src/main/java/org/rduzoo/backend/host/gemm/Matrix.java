package org.rduzoo.backend.host.gemm;

import java.lang.foreign.MemorySegment;
import org.rduzoo.ir.DType;

/// A matrix in memory. Its rows are contiguous, or its columns are; a row (a column) starts `stride` elements after
/// the one before.
///
/// @param data where the first element lies
/// @param type `f32` or `bf16`
/// @param transposed whether the columns are contiguous, not the rows
public record Matrix(MemorySegment data, DType type, int rows, int columns, long stride, boolean transposed) {

    public Matrix {
        if (type != DType.F32 && type != DType.BF16) {
            throw new IllegalArgumentException("a product is of f32 or bf16, not of " + type.text());
        }
        int lines = transposed ? columns : rows;
        int line = transposed ? rows : columns;
        if (rows < 1 || columns < 1 || (stride < line && lines > 1)) {
            throw new IllegalArgumentException("no matrix is [%d, %d] with stride %d".formatted(rows, columns, stride));
        }
        long bytes = ((lines - 1) * stride + line) * type.bytes();
        if (data.byteSize() < bytes) {
            throw new IllegalArgumentException("a matrix [%d, %d] of %s with stride %d takes %d bytes, not %d"
                    .formatted(rows, columns, type.text(), stride, bytes, data.byteSize()));
        }
    }

    /// A matrix whose rows lie one after the other.
    public static Matrix dense(MemorySegment data, DType type, int rows, int columns) {
        return rows(data, type, rows, columns, columns);
    }

    /// A matrix whose rows start `stride` elements apart.
    public static Matrix rows(MemorySegment data, DType type, int rows, int columns, long stride) {
        return new Matrix(data, type, rows, columns, stride, false);
    }

    /// The same memory seen as the transpose.
    public Matrix transpose() {
        return new Matrix(data, type, columns, rows, stride, !transposed);
    }

    /// A matrix of the same shape that starts `elements` later in memory, as the next one of a batch does.
    public Matrix shifted(long elements) {
        return new Matrix(data.asSlice(elements * type.bytes()), type, rows, columns, stride, transposed);
    }

    /// A rectangle of it.
    Matrix part(Range rowRange, Range columnRange) {
        long first = rowRange.from() * rowStride() + columnRange.from() * columnStride();
        return new Matrix(
                data.asSlice(first * type.bytes()), type, rowRange.size(), columnRange.size(), stride, transposed);
    }

    Matrix rowRange(Range range) {
        return part(range, new Range(0, columns));
    }

    Matrix columnRange(Range range) {
        return part(new Range(0, rows), range);
    }

    long rowStride() {
        return transposed ? 1 : stride;
    }

    long columnStride() {
        return transposed ? stride : 1;
    }
}
