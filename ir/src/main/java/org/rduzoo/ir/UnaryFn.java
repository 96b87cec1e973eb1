package org.rduzoo.ir;

import java.util.function.DoubleUnaryOperator;

/// Functions of one number, with their meaning in float64.
public enum UnaryFn {
    NEG(x -> -x),
    ABS(Math::abs),
    EXP(Math::exp),
    LOG(Math::log),
    SQRT(Math::sqrt),
    RSQRT(x -> 1 / Math.sqrt(x)),
    RECIPROCAL(x -> 1 / x),
    TANH(Math::tanh),
    ERF(Erf::erf),
    SIGMOID(UnaryFn::sigmoid),
    RELU(x -> Math.max(x, 0)),
    /// x · Φ(x), Φ the normal distribution's.
    GELU(x -> 0.5 * x * Erf.erfc(-x / Math.sqrt(2))),
    /// GELU by tanh: x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))).
    GELU_TANH(x -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)))),
    /// x · sigmoid(x), also called swish.
    SILU(x -> x * sigmoid(x)),
    /// log(1 + eˣ).
    SOFTPLUS(x -> Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))));

    private final DoubleUnaryOperator meaning;

    UnaryFn(DoubleUnaryOperator meaning) {
        this.meaning = meaning;
    }

    public double apply(double x) {
        return meaning.applyAsDouble(x);
    }

    private static double sigmoid(double x) {
        return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
    }
}
