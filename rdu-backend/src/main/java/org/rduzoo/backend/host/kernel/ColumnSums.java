package org.rduzoo.backend.host.kernel;

import org.rduzoo.backend.host.machine.Kernel;

/// The sums of the columns of a matrix. A part takes some columns of all rows; blocks of rows are summed by themselves
/// first, which keeps long sums exact. So the result does not depend on how many parts there are.
final class ColumnSums implements Kernel {

    private static final int BLOCK = 32;

    /// Columns at a time.
    private static final int WIDTH = 512;

    /// Parts begin at multiples of this many columns.
    private static final int GRAIN = 16;

    private final long rows;
    private final int columns;
    private final Place from;
    private final long rowStride;
    private final Place to;
    private final TileMath tiles;
    private final TrainingMath math;
    private final Scratch scratch;

    /// @param from `f32` or `bf16`; rows begin `rowStride` elements apart
    /// @param to `columns` numbers of `f32`
    ColumnSums(
            long rows,
            int columns,
            Place from,
            long rowStride,
            Place to,
            TileMath tiles,
            TrainingMath math,
            Scratch scratch) {
        this.rows = rows;
        this.columns = columns;
        this.from = from.require(new int[] {Math.toIntExact(rows), columns}, new long[] {rowStride, 1});
        this.rowStride = rowStride;
        this.to = to.require(columns);
        this.tiles = tiles;
        this.math = math;
        this.scratch = scratch;
        scratch.require(4L * 3 * WIDTH);
    }

    @Override
    public void run(int part, int parts) {
        int grains = (columns + GRAIN - 1) / GRAIN;
        int end = Math.min(columns, (int) ((long) grains * (part + 1) / parts) * GRAIN);
        for (int c = (int) ((long) grains * part / parts) * GRAIN; c < end; c += WIDTH) {
            sum(c, Math.min(WIDTH, end - c), scratch.at(part));
        }
    }

    private void sum(int first, int n, long all) {
        long block = all + 4L * WIDTH;
        long row = block + 4L * WIDTH;
        int bytes = from.dtype().bytes();
        tiles.fill(all, 0, Tile.padded(n));
        for (long r = 0; r < rows; r += BLOCK) {
            tiles.fill(block, 0, Tile.padded(n));
            for (long i = r; i < Math.min(rows, r + BLOCK); i++) {
                long address = from.address() + (i * rowStride + first) * bytes;
                if (bytes == 2) {
                    tiles.widen(address, row, n);
                    math.add(block, row, n);
                } else {
                    math.add(block, address, n);
                }
            }
            math.add(all, block, n);
        }
        tiles.copy(all, to.address() + 4L * first, n);
    }
}
