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
    @EnabledIf("org.rduzoo.backend.host.gemm.ProductsTest#multipliesBf16")
    class WithWeightsPacked extends ProductsContract {
        @Override
        Products products(int parts) {
            return Products.of(HostIsa.detect(), parts, true);
        }
    }

    static boolean hasVectors() {
        return HostIsa.detect() != HostIsa.JAVA;
    }

    static boolean multipliesBf16() {
        return HostIsa.detect().hasBf16Products();
    }
}
