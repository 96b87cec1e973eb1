package org.rduzoo.backend.host.kernel;

import java.lang.foreign.ValueLayout;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.Shape;

/// Moves elements of any type from one strided view to another of the same shape, bit by bit: transposed, sliced,
/// repeated, or to their place in a longer tensor.
public final class StridedCopy implements Kernel {

    private final Access from;
    private final Access to;
    private final long rows;
    private final int columns;
    private final int bytes;

    /// Strides are in elements, one for each dimension of `shape`; 0 repeats.
    public StridedCopy(Shape shape, Place from, long[] fromStrides, Place to, long[] toStrides) {
        if (from.dtype() != to.dtype()) {
            throw new IllegalArgumentException("a copy of %s cannot become %s"
                    .formatted(from.dtype().text(), to.dtype().text()));
        }
        boolean scalar = shape.rank() == 0;
        Shape s = scalar ? Shape.of(1) : shape;
        this.from = Access.of(from, s, scalar ? new long[1] : fromStrides);
        this.to = Access.of(to, s, scalar ? new long[1] : toStrides);
        this.rows = s.elements(0, s.rank() - 1);
        this.columns = s.dim(-1);
        this.bytes = from.dtype().bytes();
    }

    @Override
    public void run(int part, int parts) {
        for (long row = rows * part / parts; row < rows * (part + 1) / parts; row++) {
            long source = from.address(row, 0);
            long target = to.address(row, 0);
            if (from.columnStride() == 1 && to.columnStride() == 1) {
                RawMemory.copy(source, target, (long) columns * bytes);
            } else {
                move(source, from.columnStride() * bytes, target, to.columnStride() * bytes);
            }
        }
    }

    /// Moves a row whose elements are `sourceStep` and `targetStep` bytes apart.
    private void move(long source, long sourceStep, long target, long targetStep) {
        for (int i = 0; i < columns; i++) {
            long s = source + i * sourceStep;
            long t = target + i * targetStep;
            switch (bytes) {
                case 1 -> RawMemory.i8(t, RawMemory.i8(s));
                case 2 ->
                    RawMemory.ALL.set(
                            ValueLayout.JAVA_SHORT_UNALIGNED,
                            t,
                            RawMemory.ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, s));
                case 4 ->
                    RawMemory.ALL.set(
                            ValueLayout.JAVA_INT_UNALIGNED, t, RawMemory.ALL.get(ValueLayout.JAVA_INT_UNALIGNED, s));
                default -> RawMemory.i64(t, RawMemory.i64(s));
            }
        }
    }
}
