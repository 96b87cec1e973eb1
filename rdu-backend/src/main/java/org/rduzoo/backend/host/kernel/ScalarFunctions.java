package org.rduzoo.backend.host.kernel;

import static java.lang.Math.fma;
import static org.rduzoo.backend.host.kernel.Polynomials.*;

import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.UnaryFn;

/// Elementary functions in `f32`, to about 1e-6 of the result. Results below the smallest normal number may be 0. The
/// vectors' functions take the same steps.
public final class ScalarFunctions {

    private ScalarFunctions() {}

    public static float apply(UnaryFn fn, float x) {
        return switch (fn) {
            case NEG -> -x;
            case ABS -> Math.abs(x);
            case EXP -> exp(x);
            case LOG -> log(x);
            case SQRT -> (float) Math.sqrt(x);
            case RSQRT -> 1 / (float) Math.sqrt(x);
            case RECIPROCAL -> 1 / x;
            case TANH -> tanh(x);
            case ERF -> erf(x);
            case SIGMOID -> 1 / (1 + exp(-x));
            case RELU -> Math.max(x, 0);
            case GELU -> gelu(x);
            case GELU_TANH -> x / (1 + exp(-(x * fma(x * x, GELU_TANH_3, GELU_TANH_1))));
            case SILU -> x / (1 + exp(-x));
            case SOFTPLUS -> softplus(x);
        };
    }

    public static float apply(BinaryFn fn, float a, float b) {
        return switch (fn) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> a / b;
            case MAX -> Math.max(a, b);
            case MIN -> Math.min(a, b);
            case POW -> (float) Math.pow(a, b);
        };
    }

    /// The nearest `bf16`, ties to even.
    public static float roundToBf16(float x) {
        int bits = Float.floatToRawIntBits(x);
        int rounded = Float.isNaN(x) ? bits | 0x00400000 : bits + 0x7fff + ((bits >>> 16) & 1);
        return Float.intBitsToFloat(rounded & 0xffff0000);
    }

    /// x = n · ln 2 + r, and 2ⁿ goes into the exponent's bits.
    public static float exp(float x) {
        if (x > EXP_LARGEST) {
            return Float.POSITIVE_INFINITY;
        }
        if (x < EXP_SMALLEST) {
            return 0;
        }
        float shifted = fma(x, LOG2_E, TO_INTEGER);
        float n = shifted - TO_INTEGER;
        float r = fma(n, -LN2_LOW, fma(n, -LN2_HIGH, x));
        float p = 1 + expMinus1(r);
        return Float.intBitsToFloat(Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(shifted) << 23));
    }

    /// 2ᵗ for t ≤ 0, to 3e-6 of it.
    public static float exp2OfNegative(float t) {
        if (t < EXP2_SMALLEST) {
            return 0;
        }
        float shifted = t + TO_INTEGER;
        float r = t - (shifted - TO_INTEGER);
        float p = fma(fma(fma(fma(EXP2_3, r, EXP2_2), r, EXP2_1), r, EXP2_0), r, 1);
        return Float.intBitsToFloat(Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(shifted) << 23));
    }

    private static float expMinus1(float r) {
        float p = fma(fma(fma(fma(fma(EXP_5, r, EXP_4), r, EXP_3), r, EXP_2), r, EXP_1), r, EXP_0);
        return fma(r * r, p, r);
    }

    static float log(float x) {
        if (!(x > 0) || x == Float.POSITIVE_INFINITY) {
            return x == 0 ? Float.NEGATIVE_INFINITY : x > 0 ? x : Float.NaN;
        }
        boolean subnormal = x < Float.MIN_NORMAL;
        int bits = Float.floatToRawIntBits(subnormal ? x * 0x1p23f : x);
        int exponent = (bits - SQRT_HALF_BITS) >> 23;
        float f = Float.intBitsToFloat(bits - (exponent << 23)) - 1;
        float n = subnormal ? exponent - 23 : exponent;
        float p = fma(fma(fma(fma(LOG_8, f, LOG_7), f, LOG_6), f, LOG_5), f, LOG_4);
        p = fma(fma(fma(fma(p, f, LOG_3), f, LOG_2), f, LOG_1), f, LOG_0);
        float y = fma(f * f, fma(f, p, -0.5f), f);
        return fma(n, LN2_HIGH, fma(n, LN2_LOW, y));
    }

    /// (e − 1) / (e + 1) for e = exp(2 |x|), by e − 1, which does not cancel near 0.
    static float tanh(float x) {
        float a = 2 * Math.abs(x);
        a = a > 20 ? 20 : a;
        float shifted = fma(a, LOG2_E, TO_INTEGER);
        float n = shifted - TO_INTEGER;
        float r = fma(n, -LN2_LOW, fma(n, -LN2_HIGH, a));
        float scale = Float.intBitsToFloat(0x3f800000 + (Float.floatToRawIntBits(shifted) << 23));
        float e = fma(scale, expMinus1(r), scale - 1);
        return Math.copySign(e / (e + 2), x);
    }

    static float erf(float x) {
        float a = Math.abs(x);
        if (a < ERF_NEAR) {
            float s = x * x;
            float p = fma(fma(fma(fma(fma(ERF_5, s, ERF_4), s, ERF_3), s, ERF_2), s, ERF_1), s, ERF_0);
            return fma(x, p, x);
        }
        a = a > 10 ? 10 : a;
        float square = a * a;
        float half = halfErfc(a + 2, -square, 1 - fma(a, a, -square));
        return Math.copySign(fma(half, -2, 1), x);
    }

    /// erfc(z) / 2 for z ≥ 0, given z + 2, and exp(−z²) as the exponential of `minusSquare` times `correction`, which
    /// makes good for the square's rounding.
    private static float halfErfc(float zPlus2, float minusSquare, float correction) {
        float w = 0.5f / zPlus2;
        float t = fma(w, -8, 1);
        float p = fma(fma(fma(fma(fma(ERFC_9, t, ERFC_8), t, ERFC_7), t, ERFC_6), t, ERFC_5), t, ERFC_4);
        p = fma(fma(fma(fma(p, t, ERFC_3), t, ERFC_2), t, ERFC_1), t, ERFC_0);
        return exp(minusSquare) * correction * (p * w);
    }

    /// x · Φ(x) by the normal distribution's tail below −|x|.
    private static float gelu(float x) {
        float a = Math.abs(x);
        a = a > 14 ? 14 : a;
        float square = a * a;
        float correction = fma(fma(a, a, -square), -0.5f, 1);
        float tail = halfErfc(fma(a, SQRT_HALF, 2), -0.5f * square, correction);
        return x * (x < 0 ? tail : 1 - tail);
    }

    private static float softplus(float x) {
        float u = exp(-Math.abs(x));
        float t = u / (2 + u);
        float s = t * t;
        float p = fma(fma(fma(fma(ARTANH_4, s, ARTANH_3), s, ARTANH_2), s, ARTANH_1), s, ARTANH_0);
        return Math.max(x, 0) + 2 * fma(t * s, p, t);
    }
}
