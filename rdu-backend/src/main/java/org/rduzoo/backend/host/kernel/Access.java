package org.rduzoo.backend.host.kernel;

import java.util.Arrays;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Shape;

/// How a program's rows lie in memory: element `c` of row `r` is at `place + rows.at(r) + c · columnStride`, all of it
/// within the first `extent` elements.
///
/// @param gapless whether all elements lie one behind the other
record Access(Place place, RowMap rows, long columnStride, long extent, boolean gapless) {

    /// A view of `place` with a stride for each dimension of `shape`, checked against the place's segment.
    static Access of(Place place, Shape shape, long[] strides) {
        int[] dims = shape.dims();
        if (strides.length != dims.length) {
            throw new IllegalArgumentException("strides " + Arrays.toString(strides) + " for a program over " + shape);
        }
        place.require(dims, strides);
        int last = dims.length - 1;
        long extent = 1;
        for (int i = 0; i < dims.length; i++) {
            extent += Math.max(0, dims[i] - 1) * strides[i];
        }
        RowMap rows = RowMap.of(Arrays.copyOf(dims, last), Arrays.copyOf(strides, last));
        long columnStride = dims[last] > 1 ? strides[last] : rows.isFixed() ? 0 : 1;
        long count = 1;
        for (int i = 0; i < last; i++) {
            count *= dims[i];
        }
        boolean gapless =
                columnStride == 1 && rows.isLinear(count) && (count == 1 || rows.linearStride() == dims[last]);
        return new Access(place, rows, columnStride, extent, gapless);
    }

    /// The strides with which a row-major tensor of shape `operand` stretches to `shape`.
    static long[] stretched(Shape operand, Shape shape) {
        if (!operand.broadcastsTo(shape)) {
            throw new IllegalArgumentException(operand + " does not stretch to " + shape);
        }
        long[] own = operand.strides();
        long[] strides = new long[shape.rank()];
        for (int i = 1; i <= operand.rank(); i++) {
            strides[strides.length - i] = operand.dim(-i) == 1 ? 0 : own[own.length - i];
        }
        return strides;
    }

    long address(long row, long column) {
        return place.address()
                + (rows.at(row) + column * columnStride) * place.dtype().bytes();
    }

    /// Whether a tile's instructions may work on this memory itself, without a copy in scratch: plain `f32` rows.
    boolean isPlain(long programRows) {
        return place.dtype() == DType.F32 && columnStride == 1 && rows.isLinear(programRows);
    }

    /// Whether a tile's rows lie without gaps here and in a register, so that one loop goes over all of them.
    boolean isOneRun(Tile tile, int register) {
        return gapless
                && tile.columns() == rows.linearStride()
                && tile.columns() == tile.padded()
                && tile.dense(register);
    }

    /// Whether all rows and columns read the same element.
    boolean isScalar() {
        return rows.isFixed() && columnStride == 0;
    }

    boolean overlaps(Access other) {
        return place.overlaps(extent, other.place, other.extent);
    }
}
