package org.rduzoo.backend.host.gemm;

import java.util.Optional;
import org.rduzoo.ir.UnaryFn;

/// The functions that products apply, one `float` at a time, to about 2e-7.
final class Activation {

    private Activation() {}

    static float apply(Optional<UnaryFn> function, float x) {
        return function.isEmpty() ? x : (float) apply(function.get(), x);
    }

    private static double apply(UnaryFn function, double x) {
        return switch (function) {
            case RELU -> Math.max(x, 0);
            case TANH -> Math.tanh(x);
            case SIGMOID -> sigmoid(x);
            case SILU -> x * sigmoid(x);
            case GELU -> 0.5 * x * (1 + erf(x * Math.sqrt(0.5)));
            case GELU_TANH -> x * sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x));
            case NEG, ABS, EXP, LOG, SQRT, RSQRT, RECIPROCAL, ERF, SOFTPLUS -> function.apply(x);
        };
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /// Abramowitz and Stegun, 7.1.26: to 1.5e-7.
    private static double erf(double x) {
        double t = 1 / (1 + 0.3275911 * Math.abs(x));
        double polynomial =
                t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
        return Math.copySign(1 - polynomial * Math.exp(-x * x), x);
    }
}
