package org.rduzoo.backend.host.simd;

import org.rduzoo.backend.host.kernel.ArgMaxKernel;
import org.rduzoo.backend.host.kernel.AttentionSpec;
import org.rduzoo.backend.host.kernel.CrossEntropyKernel;
import org.rduzoo.backend.host.kernel.CrossEntropySpec;
import org.rduzoo.backend.host.kernel.Kernels;
import org.rduzoo.backend.host.kernel.Place;
import org.rduzoo.backend.host.kernel.RopeKernel;
import org.rduzoo.backend.host.kernel.RopeSpec;
import org.rduzoo.backend.host.kernel.RowKernel;
import org.rduzoo.backend.host.kernel.RowProgram;
import org.rduzoo.backend.host.kernel.ScalarKernels;
import org.rduzoo.backend.host.kernel.Scratch;
import org.rduzoo.backend.host.machine.HostIsa;
import org.rduzoo.backend.host.machine.Kernel;

/// Kernels by the Vector API.
public final class VectorKernels implements Kernels {

    /// The kernels to use when running as `isa`.
    public static Kernels of(HostIsa isa) {
        return switch (isa) {
            case AMX, AVX512, AVX2 -> new VectorKernels();
            case JAVA -> new ScalarKernels();
        };
    }

    @Override
    public Kernel rows(RowProgram program, Scratch scratch) {
        return new RowKernel(program, new VectorTileMath(), scratch);
    }

    @Override
    public Kernel attention(AttentionSpec attention, Scratch scratch) {
        return VectorAttention.of(attention, scratch);
    }

    @Override
    public Kernel rope(RopeSpec rope, Scratch scratch) {
        return new RopeKernel(rope, new VectorTileMath(), scratch);
    }

    @Override
    public Kernel crossEntropy(CrossEntropySpec loss) {
        return new CrossEntropyKernel(loss, new VectorTileMath());
    }

    @Override
    public Kernel argMax(long rows, int columns, Place x, Place result) {
        return new ArgMaxKernel(rows, columns, x, result, new VectorTileMath());
    }
}
