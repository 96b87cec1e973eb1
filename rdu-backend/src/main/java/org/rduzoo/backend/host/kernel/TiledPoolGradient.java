package org.rduzoo.backend.host.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.CompareFn;

/// The gradient of a max pool whose windows lie side by side and cover all places, all channels of a position at once:
/// the first of the greatest under a window gets what the position got, the others 0.
final class TiledPoolGradient implements Kernel {

    private final PoolSpec pool;
    private final int channels;
    private final Place x;
    private final Place gradient;
    private final Place result;
    private final TileMath math;
    private final Scratch scratch;
    /// Where the taps lie from the first one, in bytes.
    private final long[] taps;

    TiledPoolGradient(PoolSpec pool, Place x, Place gradient, Place result, TileMath math, Scratch scratch) {
        this.pool = pool;
        this.channels = pool.channels();
        this.x = x;
        this.gradient = gradient;
        this.result = result;
        this.math = math;
        this.scratch = scratch;
        List<Long> offsets = new ArrayList<>();
        List<Integer> kernel = pool.window().kernel();
        for (int d = 0; d < kernel.get(0); d++) {
            for (int h = 0; h < kernel.get(1); h++) {
                for (int w = 0; w < kernel.get(2); w++) {
                    offsets.add(bytes(d, h, w));
                }
            }
        }
        this.taps = offsets.stream().mapToLong(Long::longValue).toArray();
        scratch.require(4L * 4 * channels);
    }

    /// Whether this kernel is for a pool, which has no dilation.
    static boolean isFor(PoolSpec pool) {
        return pool.channels() % TileMath.BLOCK == 0
                && IntStream.range(0, 3).allMatch(d -> {
                    int kernel = pool.window().kernel().get(d);
                    return pool.window().stride().get(d) == kernel
                            && pool.window().dilation().get(d) == 1
                            && pool.window().padding().get(d) == 0
                            && pool.places().get(d) == pool.positions().get(d) * kernel;
                });
    }

    /// From the first place of the first image.
    private long bytes(long depth, long height, long width) {
        return 4 * ((depth * pool.places().get(1) + height) * pool.places().get(2) + width) * channels;
    }

    @Override
    public void run(int part, int parts) {
        List<Integer> kernel = pool.window().kernel();
        int heights = pool.positions().get(1);
        int widths = pool.positions().get(2);
        math.fill(scratch.at(part), 0, channels);
        // Images lie behind one another like depths.
        long rows = (long) pool.batch() * pool.positions().get(0) * heights;
        for (long row = rows * part / parts; row < rows * (part + 1) / parts; row++) {
            long depth = row / heights * kernel.get(0);
            long height = row % heights * kernel.get(1);
            for (int w = 0; w < widths; w++) {
                position(
                        bytes(depth, height, (long) w * kernel.get(2)),
                        gradient.address() + 4 * (row * widths + w) * channels,
                        scratch.at(part));
            }
        }
    }

    private void position(long first, long from, long zero) {
        long greatest = zero + 4L * channels;
        long left = greatest + 4L * channels;
        long here = left + 4L * channels;
        long at = x.address() + first;
        math.copy(at, greatest, channels);
        for (int t = 1; t < taps.length; t++) {
            math.binary(BinaryFn.MAX, greatest, at + taps[t], greatest, channels);
        }
        math.fill(left, 1, channels);
        for (long tap : taps) {
            math.compare(CompareFn.EQ, at + tap, greatest, here, channels);
            math.binary(BinaryFn.MUL, here, left, here, channels);
            math.binary(BinaryFn.SUB, left, here, left, channels);
            math.select(here, from, zero, result.address() + first + tap, channels);
        }
    }
}
