package org.rduzoo.backend.host.onednn;

import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.rduzoo.ir.UnaryFn;

/// The functions that a primitive can apply to its result before it is stored.
final class Eltwise {

    static final Set<UnaryFn> FUNCTIONS =
            Set.of(UnaryFn.RELU, UnaryFn.TANH, UnaryFn.SIGMOID, UnaryFn.GELU, UnaryFn.GELU_TANH, UnaryFn.SILU);

    private Eltwise() {}

    static void append(MemorySegment postOps, UnaryFn function) {
        Functions.appendEltwise(postOps, algorithm(function), alpha(function));
    }

    /// The parameter of a function: the slope of relu below zero, the factor within swish.
    private static float alpha(UnaryFn function) {
        return function == UnaryFn.SILU ? 1 : 0;
    }

    /// `dnnl_alg_kind_t`.
    private static int algorithm(UnaryFn function) {
        return switch (function) {
            case RELU -> 32;
            case TANH -> 33;
            case SIGMOID -> 41;
            case GELU_TANH -> 43;
            case SILU -> 44;
            case GELU -> 49;
            case NEG, ABS, EXP, LOG, SQRT, RSQRT, RECIPROCAL, ERF, SOFTPLUS ->
                throw new IllegalArgumentException("a product applies no " + function);
        };
    }
}
