package org.rduzoo.backend.host.gemm;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.condition.EnabledIf;
import org.rduzoo.backend.host.machine.HostIsa;
import org.rduzoo.backend.host.onednn.OneDnn;

/// The contract on every path that this processor can run; on lower ones alone, if `rdu.test.host-isa` names one.
class ProductsTest {

    /// The first path that loads the library settles what it may use.
    private static final HostIsa BEST = best();

    static {
        OneDnn.load(BEST);
    }

    private static HostIsa best() {
        String wanted = System.getProperty("rdu.test.host-isa", HostIsa.detect().text());
        return HostIsa.available()
                .filter(isa -> isa.text().equals(wanted))
                .findFirst()
                .orElse(HostIsa.JAVA);
    }

    @Nested
    class InJava extends ProductsContract {
        @Override
        Products products(int parts) {
            return Products.of(HostIsa.JAVA, parts);
        }
    }

    @Nested
    @EnabledIf("org.rduzoo.backend.host.gemm.ProductsTest#hasVectors")
    class AtBest extends ProductsContract {
        @Override
        Products products(int parts) {
            return Products.of(BEST, parts);
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
            return Products.of(BEST, parts, Packing.ALWAYS);
        }
    }

    static boolean hasVectors() {
        return BEST != HostIsa.JAVA;
    }
}
