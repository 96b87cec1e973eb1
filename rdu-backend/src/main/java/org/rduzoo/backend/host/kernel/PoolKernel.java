package org.rduzoo.backend.host.kernel;

import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.BinaryFn;

/// Runs a pool row by row of the output: whole rows of the input that lie under the window are joined first, in long
/// loops, and then the places of the joined row, all channels of a place at once.
public final class PoolKernel implements Kernel {

    private final PoolSpec pool;
    private final Place x;
    private final Place y;
    private final TileMath math;
    private final Scratch scratch;
    private final int channels;
    private final int rowElements;
    private final int resultElements;
    private final long slot;
    private final BinaryFn join;

    public PoolKernel(PoolSpec pool, Place x, Place y, TileMath math, Scratch scratch) {
        this.pool = pool;
        this.channels = pool.channels();
        this.rowElements = Math.multiplyExact(pool.places().get(2), channels);
        this.resultElements = Math.multiplyExact(pool.positions().get(2), channels);
        long rows = (long) pool.batch() * pool.places().get(0) * pool.places().get(1);
        long results =
                (long) pool.batch() * pool.positions().get(0) * pool.positions().get(1);
        this.x = x.require(rows * rowElements);
        this.y = y.require(results * resultElements);
        this.math = math;
        this.scratch = scratch;
        this.join = pool.mean() ? BinaryFn.ADD : BinaryFn.MAX;
        // Loops over a place may run on to the next whole block.
        this.slot = 4L * (Tile.padded(Math.max(rowElements, resultElements)) + Tile.padded(channels));
        scratch.require(4 * slot);
    }

    @Override
    public void run(int part, int parts) {
        int depths = pool.positions().get(0);
        int heights = pool.positions().get(1);
        long rows = (long) pool.batch() * depths * heights;
        for (long row = rows * part / parts; row < rows * (part + 1) / parts; row++) {
            int height = (int) (row % heights);
            int depth = (int) (row / heights % depths);
            int image = (int) (row / heights / depths);
            joinRows(image, depth, height, scratch.at(part));
            joinPlaces(depth, height, scratch.at(part));
            long to = y.address() + row * resultElements * y.dtype().bytes();
            Elements.store(math, y.dtype(), scratch.at(part) + slot, to, 1, resultElements);
        }
    }

    /// Leaves in the first slot what all rows under the window make together.
    private void joinRows(int image, int depth, int height, long sum) {
        long next = sum + 2 * slot;
        boolean first = true;
        for (int d = pool.first(0, depth); d < pool.last(0, depth); d++) {
            for (int h = pool.first(1, height); h < pool.last(1, height); h++) {
                long row = ((long) image * pool.places().get(0) + d)
                                * pool.places().get(1)
                        + h;
                long from = x.address() + row * rowElements * x.dtype().bytes();
                Elements.load(math, x.dtype(), from, 1, first ? sum : next, rowElements);
                if (!first) {
                    math.binary(join, sum, next, sum, Tile.padded(rowElements));
                }
                first = false;
            }
        }
    }

    /// Leaves in the second slot what the places of the first make together, position by position.
    private void joinPlaces(int depth, int height, long sum) {
        int block = Tile.padded(channels);
        long share = sum + 3 * slot;
        int lastCount = 0;
        for (int w = 0; w < pool.positions().get(2); w++) {
            int first = pool.first(2, w);
            long to = sum + slot + 4L * w * channels;
            math.copy(sum + 4L * first * channels, to, channels);
            for (int i = first + 1; i < pool.last(2, w); i++) {
                math.binary(join, to, sum + 4L * i * channels, to, block);
            }
            if (pool.mean()) {
                int count = pool.counted(0, depth) * pool.counted(1, height) * pool.counted(2, w);
                if (count != lastCount) {
                    math.fill(share, 1f / count, block);
                    lastCount = count;
                }
                math.binary(BinaryFn.MUL, to, share, to, block);
            }
        }
    }
}
