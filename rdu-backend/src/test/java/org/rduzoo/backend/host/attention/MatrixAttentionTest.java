package org.rduzoo.backend.host.attention;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.rduzoo.backend.host.kernel.AttentionContract;
import org.rduzoo.backend.host.kernel.AttentionSpec;
import org.rduzoo.backend.host.kernel.Kernels;
import org.rduzoo.backend.host.kernel.Scratch;
import org.rduzoo.backend.host.machine.HostIsa;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.backend.host.onednn.OneDnn;
import org.rduzoo.backend.host.simd.VectorKernels;
import org.rduzoo.ir.DType;

/// Attention by products of `f32`, which any processor multiplies fast, and of `bf16` where it does.
class MatrixAttentionTest extends AttentionContract {

    private final HostIsa isa = HostIsa.detect();

    @BeforeEach
    void needsTheLibrary() {
        assumeTrue(OneDnn.load(isa).isPresent(), "there is no oneDNN for this platform");
    }

    @Override
    protected Kernels kernels() {
        return VectorKernels.of(isa);
    }

    @Override
    protected Kernel attention(AttentionSpec spec, Scratch scratch) {
        boolean bf16 = isa.hasBf16Products()
                && Stream.of(spec.q(), spec.k(), spec.v())
                        .allMatch(h -> h.place().dtype() == DType.BF16);
        // Not closed: the kernel works on.
        return new Attentions(isa, kernels(), scratch).byProducts(spec, bf16 ? DType.BF16 : DType.F32);
    }
}
