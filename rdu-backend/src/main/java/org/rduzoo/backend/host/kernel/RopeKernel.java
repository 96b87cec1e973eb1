package org.rduzoo.backend.host.kernel;

import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.DType;

/// Turns each token's heads by the angles of its position, and puts them where attention reads them.
public final class RopeKernel implements Kernel {

    private final RopeSpec spec;
    private final TileMath math;
    private final Scratch scratch;

    public RopeKernel(RopeSpec spec, TileMath math, Scratch scratch) {
        this.spec = spec;
        this.math = math;
        this.scratch = scratch;
        scratch.require(4L * spec.size() * spec.heads());
    }

    @Override
    public void run(int part, int parts) {
        int heads = spec.heads();
        int tokens = spec.tokens();
        long rows = (long) spec.batch() * tokens * heads;
        long end = rows * (part + 1) / parts;
        int count;
        for (long row = rows * part / parts; row < end; row += count) {
            int head = (int) (row % heads);
            int token = (int) (row / heads % tokens);
            int text = (int) (row / heads / tokens);
            count = (int) Math.min(heads - head, end - row);
            int place = spec.slots().isPresent() ? spec.slots().get().of(text, token) : token;
            if (place != CacheSlots.DROPPED) {
                turn(text, head, count, token, spec.out().address(text, head, place), scratch.at(part));
            }
        }
    }

    /// Turns `count` heads of a token, from `head` on.
    private void turn(int text, int head, int count, int token, long to, long buffer) {
        DType dtype = spec.out().place().dtype();
        long from = spec.x().address(text, head, token);
        long fromStride = 4 * spec.x().headStride();
        long toStride = spec.out().headStride() * dtype.bytes();
        long angles = 4L * spec.pairs() * ((long) text * spec.tokens() + token);
        boolean direct = dtype == DType.F32;
        long turned = direct ? to : buffer;
        long stride = direct ? toStride : 4L * spec.size();
        math.turn(
                from,
                fromStride,
                spec.cos().address() + angles,
                spec.sin().address() + angles,
                turned,
                stride,
                spec.pairs(),
                count);
        int rest = spec.size() - 2 * spec.pairs();
        for (int i = 0; i < count; i++) {
            if (rest > 0) {
                math.copy(from + i * fromStride + 8L * spec.pairs(), turned + i * stride + 8L * spec.pairs(), rest);
            }
            if (!direct) {
                Elements.store(math, dtype, turned + i * stride, to + i * toStride, 1, spec.size());
            }
        }
    }
}
