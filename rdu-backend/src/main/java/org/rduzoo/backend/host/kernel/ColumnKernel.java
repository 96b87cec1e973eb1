package org.rduzoo.backend.host.kernel;

import java.util.Arrays;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.ReduceFn;

/// Joins the rows of a matrix of `f32`: one number a column. Each part takes some columns. Sums of few rows are joined
/// in float64, so that many rows cost no precision.
public final class ColumnKernel implements Kernel {

    /// Rows that are summed in `f32`.
    private static final int RUN = 64;

    private final ReduceFn fn;
    private final long rows;
    private final int columns;
    private final double scale;
    private final Place x;
    private final Place y;
    private final TileMath math;
    private final Scratch scratch;
    private final double[] sums;

    /// @param scale of sums: one over what a mean is of, or 1
    public ColumnKernel(
            ReduceFn fn, long rows, int columns, double scale, Place x, Place y, TileMath math, Scratch scratch) {
        if (x.dtype() != DType.F32 || y.dtype() != DType.F32) {
            throw new IllegalArgumentException(
                    "columns of " + x.dtype().text() + " to " + y.dtype().text());
        }
        this.fn = fn;
        this.rows = rows;
        this.columns = columns;
        this.scale = scale;
        this.x = x.require(rows * columns);
        this.y = y.require(columns);
        this.math = math;
        this.scratch = scratch;
        this.sums = new double[columns];
        scratch.require(8L * Tile.padded(columns));
    }

    @Override
    public void run(int part, int parts) {
        int grains = (columns + TileMath.BLOCK - 1) / TileMath.BLOCK;
        int first = grains * part / parts * TileMath.BLOCK;
        int count = Math.min(grains * (part + 1) / parts * TileMath.BLOCK, columns) - first;
        if (count <= 0) {
            return;
        }
        BinaryFn join = fn == ReduceFn.MAX ? BinaryFn.MAX : BinaryFn.ADD;
        Arrays.fill(sums, first, first + count, fn == ReduceFn.MAX ? Double.NEGATIVE_INFINITY : 0);
        for (long run = 0; run < rows; run += RUN) {
            long sum = scratch.at(part);
            long next = sum + 4L * Tile.padded(count);
            for (long row = run; row < Math.min(run + RUN, rows); row++) {
                boolean begins = row == run;
                math.copy(x.address() + 4 * (row * columns + first), begins ? sum : next, count);
                if (!begins) {
                    math.binary(join, sum, next, sum, Tile.padded(count));
                }
            }
            for (int i = 0; i < count; i++) {
                float value = RawMemory.f32(sum + 4L * i);
                sums[first + i] = fn == ReduceFn.MAX ? Math.max(sums[first + i], value) : sums[first + i] + value;
            }
        }
        for (int i = first; i < first + count; i++) {
            RawMemory.f32(y.address() + 4L * i, (float) (fn == ReduceFn.MAX ? sums[i] : sums[i] * scale));
        }
    }
}
