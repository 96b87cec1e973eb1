package org.rduzoo.backend.host.gemm;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.condition.EnabledIf;
import org.rduzoo.backend.host.HostIsa;

/// The contract on every path that this processor can run.
class ProductsTest {

    @Nested
    class InJava extends ProductsContract {
        @Override
        Products products(int parts) {
            return Products.of(HostIsa.JAVA, parts);
        }
    }

    @Nested
    @EnabledIf("org.rduzoo.backend.host.gemm.ProductsTest#hasVectors")
    class AsDetected extends ProductsContract {
        @Override
        Products products(int parts) {
            return Products.of(HostIsa.detect(), parts);
        }
    }

    @Nested
    @EnabledIf("org.rduzoo.backend.host.gemm.ProductsTest#hasVectors")
    class WithBf16Widened extends ProductsContract {
        @Override
        Products products(int parts) {
            return Products.of(HostIsa.AVX2, parts);
        }
    }

    @Nested
    @EnabledIf("org.rduzoo.backend.host.gemm.ProductsTest#hasVectors")
    class WithBf16WidenedAndWeightsPacked extends ProductsContract {
        @Override
        Products products(int parts) {
            return Products.of(HostIsa.AVX2, parts, Packing.ALWAYS);
        }
    }

    @Nested
    @EnabledIf("org.rduzoo.backend.host.gemm.ProductsTest#hasVectors")
    class WithWeightsPacked extends ProductsContract {
        @Override
        Products products(int parts) {
            return Products.of(HostIsa.detect(), parts, Packing.ALWAYS);
        }
    }

    static boolean hasVectors() {
        return HostIsa.detect() != HostIsa.JAVA;
    }
}
