package org.rduzoo.backend.host.kernel;

import org.rduzoo.backend.host.machine.Kernel;

/// Kernels in plain Java, for processors that the Vector API does nothing for.
public final class ScalarKernels implements Kernels {

    @Override
    public TileMath math() {
        return new ScalarTileMath();
    }

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
    public Kernel attentionGradient(AttentionGradientSpec gradient, Scratch scratch) {
        return new ScalarAttentionGradient(gradient);
    }

    @Override
    public Kernel normGradient(NormGradientSpec gradient, Scratch scratch) {
        return TrainingKernels.normGradient(gradient, new ScalarTileMath(), new ScalarTrainingMath(), scratch);
    }

    @Override
    public Kernel embeddingGradient(
            long count, int rows, int columns, Place gradient, Place ids, Place table, long padding) {
        return TrainingKernels.embeddingGradient(
                count, rows, columns, gradient, ids, table, padding, new ScalarTrainingMath());
    }

    @Override
    public Kernel columnSums(long rows, int columns, Place from, long rowStride, Place to, Scratch scratch) {
        return TrainingKernels.columnSums(
                rows, columns, from, rowStride, to, new ScalarTileMath(), new ScalarTrainingMath(), scratch);
    }

    @Override
    public Kernel squares(NormKernel norm) {
        return norm.squares(new ScalarTrainingMath());
    }

    @Override
    public Kernel adamW(AdamWSpec step) {
        return TrainingKernels.adamW(step, new ScalarTrainingMath());
    }

    @Override
    public Kernel sgd(SgdSpec step) {
        return TrainingKernels.sgd(step, new ScalarTrainingMath());
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
