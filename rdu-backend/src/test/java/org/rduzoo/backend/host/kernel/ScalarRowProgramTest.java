package org.rduzoo.backend.host.kernel;

class ScalarRowProgramTest extends RowProgramContract {

    @Override
    protected Kernels kernels() {
        return new ScalarKernels();
    }
}
