package org.rduzoo.backend.host.simd;

import org.rduzoo.backend.host.kernel.AttentionContract;
import org.rduzoo.backend.host.kernel.Kernels;

class VectorAttentionTest extends AttentionContract {

    @Override
    protected Kernels kernels() {
        return new VectorKernels(new VectorTileMath());
    }
}
