package org.rduzoo.backend.host.simd;

import org.rduzoo.backend.host.kernel.AdamWSpec;
import org.rduzoo.backend.host.kernel.ArgMaxKernel;
import org.rduzoo.backend.host.kernel.AttentionGradientSpec;
import org.rduzoo.backend.host.kernel.AttentionSpec;
import org.rduzoo.backend.host.kernel.CrossEntropyKernel;
import org.rduzoo.backend.host.kernel.CrossEntropySpec;
import org.rduzoo.backend.host.kernel.Kernels;
import org.rduzoo.backend.host.kernel.NormGradientSpec;
import org.rduzoo.backend.host.kernel.NormKernel;
import org.rduzoo.backend.host.kernel.Place;
import org.rduzoo.backend.host.kernel.RopeKernel;
import org.rduzoo.backend.host.kernel.RopeSpec;
import org.rduzoo.backend.host.kernel.RowKernel;
import org.rduzoo.backend.host.kernel.RowProgram;
import org.rduzoo.backend.host.kernel.ScalarKernels;
import org.rduzoo.backend.host.kernel.Scratch;
import org.rduzoo.backend.host.kernel.SgdSpec;
import org.rduzoo.backend.host.kernel.TileMath;
import org.rduzoo.backend.host.kernel.TrainingKernels;
import org.rduzoo.backend.host.machine.HostIsa;
import org.rduzoo.backend.host.machine.Kernel;

/// Kernels by the Vector API.
public final class VectorKernels implements Kernels {

    private final TileMath math;

    VectorKernels(TileMath math) {
        this.math = math;
    }

    /// The kernels to use when running as `isa`.
    public static Kernels of(HostIsa isa) {
        return switch (isa) {
            case AMX, AVX512, AVX2 -> new VectorKernels(new StartingTileMath());
            case JAVA -> new ScalarKernels();
        };
    }

    /// Says that a graph was run. What comes after the first run deserves compiled loops.
    public static void ran() {
        Loop.ran();
    }

    /// Whether all loops that were run are by vectors now.
    public static boolean areCompiled() {
        return Loop.areCompiled();
    }

    @Override
    public TileMath math() {
        return math;
    }

    @Override
    public Kernel rows(RowProgram program, Scratch scratch) {
        return new RowKernel(program, math, scratch);
    }

    @Override
    public Kernel attention(AttentionSpec attention, Scratch scratch) {
        return VectorAttention.of(attention, scratch);
    }

    @Override
    public Kernel rope(RopeSpec rope, Scratch scratch) {
        return new RopeKernel(rope, math, scratch);
    }

    @Override
    public Kernel attentionGradient(AttentionGradientSpec gradient, Scratch scratch) {
        return new VectorAttentionGradient(gradient, scratch.parts());
    }

    @Override
    public Kernel normGradient(NormGradientSpec gradient, Scratch scratch) {
        return TrainingKernels.normGradient(gradient, math, new VectorTrainingMath(), scratch);
    }

    @Override
    public Kernel embeddingGradient(
            long count, int rows, int columns, Place gradient, Place ids, Place table, long padding) {
        return TrainingKernels.embeddingGradient(
                count, rows, columns, gradient, ids, table, padding, new VectorTrainingMath());
    }

    @Override
    public Kernel columnSums(long rows, int columns, Place from, long rowStride, Place to, Scratch scratch) {
        return TrainingKernels.columnSums(rows, columns, from, rowStride, to, math, new VectorTrainingMath(), scratch);
    }

    @Override
    public Kernel squares(NormKernel norm) {
        return norm.squares(new VectorTrainingMath());
    }

    @Override
    public Kernel adamW(AdamWSpec step) {
        return TrainingKernels.adamW(step, new VectorTrainingMath());
    }

    @Override
    public Kernel sgd(SgdSpec step) {
        return TrainingKernels.sgd(step, new VectorTrainingMath());
    }

    @Override
    public Kernel crossEntropy(CrossEntropySpec loss) {
        return new CrossEntropyKernel(loss, math);
    }

    @Override
    public Kernel argMax(long rows, int columns, Place x, Place result) {
        return new ArgMaxKernel(rows, columns, x, result, math);
    }
}
