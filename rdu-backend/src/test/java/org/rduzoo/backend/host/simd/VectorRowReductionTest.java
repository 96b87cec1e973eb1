package org.rduzoo.backend.host.simd;

import org.rduzoo.backend.host.kernel.Kernels;
import org.rduzoo.backend.host.kernel.RowReductionContract;

class VectorRowReductionTest extends RowReductionContract {

    @Override
    protected Kernels kernels() {
        return new VectorKernels(new VectorTileMath());
    }
}
