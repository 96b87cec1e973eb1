package org.rduzoo.backend.host.kernel;

class ScalarRowReductionTest extends RowReductionContract {

    @Override
    protected Kernels kernels() {
        return new ScalarKernels();
    }
}
