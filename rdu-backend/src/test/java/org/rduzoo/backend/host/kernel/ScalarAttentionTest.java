package org.rduzoo.backend.host.kernel;

class ScalarAttentionTest extends AttentionContract {

    @Override
    protected Kernels kernels() {
        return new ScalarKernels();
    }
}
