package org.rduzoo.checkpoint.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Matrices with rows and columns exchanged.
public final class Transposed {

    /// Side of the square blocks that are moved at a time, so that both sides stay in the first cache.
    private static final int BLOCK = 32;

    private Transposed() {}

    /// `[rows, columns]` as `[columns, rows]`, in memory of its own.
    ///
    /// @param width bytes of an element: 1, 2, 4 or 8
    public static MemorySegment matrix(MemorySegment from, int rows, int columns, int width) {
        long bytes = Math.multiplyExact((long) rows * columns, width);
        if (from.byteSize() != bytes) {
            throw new IllegalArgumentException(from.byteSize() + " bytes are no [" + rows + ", " + columns + "]");
        }
        MemorySegment to = Arena.ofAuto().allocate(Math.max(1, bytes), 64).asSlice(0, bytes);
        for (int r = 0; r < rows; r += BLOCK) {
            for (int c = 0; c < columns; c += BLOCK) {
                block(from, to, r, Math.min(rows, r + BLOCK), c, Math.min(columns, c + BLOCK), rows, columns, width);
            }
        }
        return to;
    }

    private static void block(
            MemorySegment from,
            MemorySegment to,
            int firstRow,
            int endRow,
            int firstColumn,
            int endColumn,
            long rows,
            long columns,
            int width) {
        for (int r = firstRow; r < endRow; r++) {
            for (int c = firstColumn; c < endColumn; c++) {
                long source = (r * columns + c) * width;
                long target = (c * rows + r) * width;
                switch (width) {
                    case 1 -> to.set(ValueLayout.JAVA_BYTE, target, from.get(ValueLayout.JAVA_BYTE, source));
                    case 2 ->
                        to.set(
                                ValueLayout.JAVA_SHORT_UNALIGNED,
                                target,
                                from.get(ValueLayout.JAVA_SHORT_UNALIGNED, source));
                    case 4 ->
                        to.set(
                                ValueLayout.JAVA_INT_UNALIGNED,
                                target,
                                from.get(ValueLayout.JAVA_INT_UNALIGNED, source));
                    default ->
                        to.set(
                                ValueLayout.JAVA_LONG_UNALIGNED,
                                target,
                                from.get(ValueLayout.JAVA_LONG_UNALIGNED, source));
                }
            }
        }
    }
}
