package org.rduzoo.backend.host.gemm;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.rduzoo.backend.host.kernel.Place;
import org.rduzoo.backend.host.simd.PairedRow;
import org.rduzoo.ir.DType;

/// A product of one row with a panel of a packed weight whose elements stand in pairs.
final class PairedProduct implements Task {

    private final Gemm gemm;
    private final Optional<MemorySegment> staged;
    private final PairedRow product;

    static boolean isFor(Gemm gemm, RightFactor.Packed packed) {
        return gemm.m() == 1
                && gemm.a().type() == DType.BF16
                && !gemm.a().transposed()
                && gemm.activation().isEmpty()
                && packed.panels().stream().allMatch(p -> p.layout().isPaired());
    }

    /// @param gemm the part of the product that the panel yields
    PairedProduct(Gemm gemm, RightFactor.Panel panel, Scratch scratch) {
        boolean direct = gemm.c().type() == DType.F32
                && gemm.residual().isEmpty()
                && gemm.bias().isEmpty();
        long wideBytes = 4L * gemm.k();
        MemorySegment memory = scratch.of(wideBytes + (direct ? 0 : 4L * gemm.n()));
        this.gemm = gemm;
        this.staged = direct ? Optional.empty() : Optional.of(memory.asSlice(wideBytes));
        this.product = new PairedRow(
                gemm.n(),
                gemm.k(),
                Place.of(gemm.a().data(), DType.BF16),
                Place.of(panel.data(), DType.BF16),
                memory.address(),
                staged.orElse(gemm.c().data()).address());
    }

    @Override
    public void run() {
        product.run();
        if (staged.isPresent()) {
            gemm.bias().ifPresent(bias -> Staging.add(bias, staged.get(), gemm.n()));
            Staging.finish(staged.get(), gemm.n(), gemm.residual(), gemm.c());
        }
    }
}
