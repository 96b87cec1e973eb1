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
        scratch.require(4L * spec.size());
    }

    @Override
    public void run(int part, int parts) {
        int heads = spec.heads();
        int tokens = spec.tokens();
        long rows = (long) spec.batch() * tokens * heads;
        for (long row = rows * part / parts; row < rows * (part + 1) / parts; row++) {
            int head = (int) (row % heads);
            int token = (int) (row / heads % tokens);
            int text = (int) (row / heads / tokens);
            int place = spec.slots().isPresent() ? spec.slots().get().of(text, token) : token;
            if (place != CacheSlots.DROPPED) {
                turn(text, head, token, spec.out().address(text, head, place), scratch.at(part));
            }
        }
    }

    private void turn(int text, int head, int token, long to, long buffer) {
        DType dtype = spec.out().place().dtype();
        long from = spec.x().address(text, head, token);
        long angles = 4L * spec.pairs() * ((long) text * spec.tokens() + token);
        long turned = dtype == DType.F32 ? to : buffer;
        math.turn(from, spec.cos().address() + angles, spec.sin().address() + angles, turned, spec.pairs());
        int rest = spec.size() - 2 * spec.pairs();
        if (rest > 0) {
            math.copy(from + 8L * spec.pairs(), turned + 8L * spec.pairs(), rest);
        }
        if (turned != to) {
            Elements.store(math, dtype, turned, to, 1, spec.size());
        }
    }
}
