package org.rduzoo.backend.host.kernel;

import java.util.List;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.Between;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.Sampling.Resize;
import org.rduzoo.ir.Window;

/// Makes values between places, all channels of a place at once: the sum of the neighbours, each times its share.
public final class ResizeKernel implements Kernel {

    private final Place x;
    private final Place y;
    private final TileMath math;
    private final Scratch scratch;
    private final int channels;
    private final int batch;
    private final int[] from;
    private final int[] to;
    private final Between[][] between;
    private final long slot;
    private final int[][] places;

    /// @param x `[N, places.., C]`
    /// @param y `[N, size.., C]`, of the same element type
    public ResizeKernel(Resize resize, Place x, Place y, TileMath math, Scratch scratch) {
        this.math = math;
        this.scratch = scratch;
        this.batch = resize.x().type().dim(0);
        this.channels = resize.x().type().dim(1);
        this.from = ints(Window.places(resize.x().shape()));
        this.to = ints(resize.size());
        this.between = new Between[to.length][];
        for (int d = 0; d < to.length; d++) {
            between[d] = new Between[to[d]];
            for (int i = 0; i < to[d]; i++) {
                between[d][i] = resize.between(d, i);
            }
        }
        this.x = x.require((long) batch * product(from) * channels);
        this.y = y.require((long) batch * product(to) * channels);
        this.slot = 4L * Tile.padded(channels);
        this.places = new int[scratch.parts()][to.length];
        scratch.require(3 * slot);
    }

    @Override
    public void run(int part, int parts) {
        long all = batch * product(to);
        int[] at = places[part];
        for (long p = all * part / parts; p < all * (part + 1) / parts; p++) {
            long rest = p;
            for (int d = to.length - 1; d >= 0; d--) {
                at[d] = (int) (rest % to[d]);
                rest /= to[d];
            }
            place(at, rest * product(from), scratch.at(part));
            Elements.store(
                    math,
                    y.dtype(),
                    scratch.at(part),
                    y.address() + p * channels * y.dtype().bytes(),
                    1,
                    channels);
        }
    }

    /// Leaves the value at a new place in the first slot of scratch.
    private void place(int[] at, long image, long sum) {
        int block = Tile.padded(channels);
        long next = sum + slot;
        long factor = next + slot;
        boolean first = true;
        for (int corner = 0; corner < 1 << at.length; corner++) {
            long place = 0;
            double share = 1;
            for (int d = 0; d < at.length; d++) {
                Between b = between[d][at[d]];
                boolean after = (corner >> d & 1) == 1;
                place = place * from[d] + (after ? b.after() : b.before());
                share *= after ? b.share() : 1 - b.share();
            }
            if (share == 0) {
                continue;
            }
            long source = x.address() + (image + place) * channels * x.dtype().bytes();
            long target = first ? sum : next;
            Elements.load(math, x.dtype(), source, 1, target, channels);
            if (share != 1) {
                math.fill(factor, (float) share, block);
                math.binary(BinaryFn.MUL, target, factor, target, block);
            }
            if (!first) {
                math.binary(BinaryFn.ADD, sum, next, sum, block);
            }
            first = false;
        }
    }

    private static int[] ints(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    private static long product(int[] sizes) {
        long product = 1;
        for (int s : sizes) {
            product *= s;
        }
        return product;
    }
}
