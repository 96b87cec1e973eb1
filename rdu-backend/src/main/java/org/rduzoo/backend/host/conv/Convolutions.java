package org.rduzoo.backend.host.conv;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.rduzoo.backend.host.gemm.Scratch;
import org.rduzoo.backend.host.kernel.TileMath;
import org.rduzoo.backend.host.machine.HostIsa;
import org.rduzoo.backend.host.onednn.OneDnn;

/// Makes the kernels for convolutions, for one processor and one number of threads. Kernels of one instance share
/// scratch memory, so only one of them may run at a time; they are dead once it is closed.
public final class Convolutions implements AutoCloseable {

    private final int parts;
    private final Arena arena = Arena.ofShared();
    private final Optional<NativePlan> nativePlan;
    private final Optional<NativeWeightPlan> nativeWeights;

    private Convolutions(HostIsa isa, int parts, TileMath math) {
        this.parts = parts;
        List<Scratch> scratch =
                IntStream.range(0, parts).mapToObj(_ -> new Scratch(arena)).toList();
        this.nativeWeights =
                OneDnn.load(isa).map(l -> new NativeWeightPlan(l, isa.hasBf16Products(), math, scratch, arena));
        this.nativePlan = OneDnn.load(isa).map(l -> new NativePlan(l, isa.hasBf16Products(), math, scratch, arena));
    }

    /// The convolutions of a processor that runs as `isa`, for kernels of `parts` parts.
    public static Convolutions of(HostIsa isa, int parts, TileMath math) {
        return new Convolutions(isa, parts, math);
    }

    public PackedConvolution make(ConvolutionSpec convolution) {
        return nativePlan
                .flatMap(plan -> plan.plan(convolution))
                .orElseGet(() -> new JavaConvolution(convolution, parts).kernels());
    }

    public WeightGradient make(WeightGradientSpec gradient) {
        return nativeWeights
                .flatMap(plan -> plan.plan(gradient))
                .orElseGet(() -> new JavaWeightGradient(gradient, parts).kernels());
    }

    @Override
    public void close() {
        nativePlan.ifPresent(NativePlan::close);
        nativeWeights.ifPresent(NativeWeightPlan::close);
        arena.close();
    }
}
