package org.rduzoo.backend.host.kernel;

import org.rduzoo.backend.host.machine.Kernel;

/// Kernels in plain Java, for processors that the Vector API does nothing for.
public final class ScalarKernels implements Kernels {

    @Override
    public Kernel rows(RowProgram program, Scratch scratch) {
        return new RowKernel(program, new ScalarTileMath(), scratch);
    }

    @Override
    public Kernel attention(AttentionSpec attention, Scratch scratch) {
        return new ScalarAttention(attention, scratch);
    }

    @Override
    public Kernel rope(RopeSpec rope, Scratch scratch) {
        return new RopeKernel(rope, new ScalarTileMath(), scratch);
    }

    @Override
    public Kernel crossEntropy(CrossEntropySpec loss) {
        return new CrossEntropyKernel(loss, new ScalarTileMath());
    }

    @Override
    public Kernel argMax(long rows, int columns, Place x, Place result) {
        return new ArgMaxKernel(rows, columns, x, result, new ScalarTileMath());
    }
}
