package org.rduzoo.backend.host.simd;

import org.rduzoo.backend.host.kernel.Kernels;
import org.rduzoo.backend.host.kernel.RowProgramContract;

class VectorRowProgramTest extends RowProgramContract {

    @Override
    protected Kernels kernels() {
        return new VectorKernels(new VectorTileMath());
    }
}
