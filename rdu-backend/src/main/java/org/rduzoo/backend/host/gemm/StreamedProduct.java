package org.rduzoo.backend.host.gemm;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.rduzoo.backend.host.kernel.Place;
import org.rduzoo.backend.host.kernel.TileMath;
import org.rduzoo.backend.host.machine.HostIsa;
import org.rduzoo.backend.host.simd.FewRows;
import org.rduzoo.ir.DType;

/// A product of few rows with a weight of `bf16` that lies as the checkpoint has it.
final class StreamedProduct implements Task {

    /// What element-wise loops may touch behind a row.
    private static final int BLOCK = 16;

    private final Gemm gemm;
    private final Optional<MemorySegment> staged;
    private final FewRows product;
    private final int pitch;

    /// Whether there is a kernel for so many rows, whatever else the product is.
    static boolean isFor(HostIsa isa, int rows) {
        return isa != HostIsa.AMX && FewRows.isFor(isa, rows);
    }

    static boolean isFor(HostIsa isa, Gemm gemm, Matrix b) {
        return isFor(isa, gemm.m())
                && gemm.a().type() == DType.BF16
                && b.type() == DType.BF16
                && b.transposed()
                && !gemm.a().transposed()
                && gemm.activation().stream().noneMatch(TileMath::readsAgain);
    }

    StreamedProduct(Gemm gemm, Scratch scratch) {
        Matrix b = ((RightFactor.Plain) gemm.b()).matrix();
        boolean direct = gemm.c().type() == DType.F32
                && gemm.residual().isEmpty()
                && (gemm.activation().isEmpty() || gemm.n() % BLOCK == 0);
        long splitBytes = (FewRows.scratchBytes(gemm.m(), gemm.k()) + 63) & -64;
        this.pitch = (gemm.n() + BLOCK - 1) & -BLOCK;
        MemorySegment memory = scratch.of(splitBytes + (direct ? 0 : 4L * gemm.m() * pitch));
        this.gemm = gemm;
        this.staged = direct ? Optional.empty() : Optional.of(memory.asSlice(splitBytes));
        this.product = new FewRows(
                gemm.m(),
                gemm.n(),
                gemm.k(),
                Place.of(gemm.a().data(), gemm.a().type()),
                gemm.a().stride(),
                Place.of(b.data(), b.type()),
                b.stride(),
                gemm.bias().map(MemorySegment::address).orElse(0L),
                gemm.activation(),
                memory.address(),
                staged.orElse(gemm.c().data()).address(),
                direct ? gemm.c().stride() : pitch);
    }

    @Override
    public void run() {
        product.run();
        if (staged.isPresent()) {
            Staging.finish(staged.get(), pitch, gemm.residual(), gemm.c());
        }
    }
}
