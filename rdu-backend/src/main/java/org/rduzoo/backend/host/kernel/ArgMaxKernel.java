package org.rduzoo.backend.host.kernel;

import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.DType;

/// The column of each row's largest number, the first of equals; of a NaN, if there is one. Rows of `f32`, columns to
/// `i64`.
public final class ArgMaxKernel implements Kernel {

    private final long rows;
    private final int columns;
    private final Place x;
    private final Place result;
    private final TileMath math;

    public ArgMaxKernel(long rows, int columns, Place x, Place result, TileMath math) {
        if (columns == 0 || x.dtype() != DType.F32 || result.dtype() != DType.I64) {
            throw new IllegalArgumentException("the largest of %d %s as %s"
                    .formatted(columns, x.dtype().text(), result.dtype().text()));
        }
        this.rows = rows;
        this.columns = columns;
        this.x = x.require(rows * columns);
        this.result = result.require(rows);
        this.math = math;
    }

    @Override
    public void run(int part, int parts) {
        for (long row = rows * part / parts; row < rows * (part + 1) / parts; row++) {
            long address = x.address() + 4L * columns * row;
            int max = Float.floatToIntBits(math.max(address, columns) + 0f);
            int column = 0;
            while (Float.floatToIntBits(RawMemory.f32(address + 4L * column) + 0f) != max) {
                column++;
            }
            RawMemory.i64(result.address() + 8 * row, column);
        }
    }
}
