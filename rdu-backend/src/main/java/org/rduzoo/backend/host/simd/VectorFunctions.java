package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.simd.Splat.*;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/// Elementary functions of vectors, step by step those of [ScalarFunctions]. Each is small enough to be compiled into
/// the loop that calls it.
final class VectorFunctions {

    private VectorFunctions() {}

    static FloatVector exp(FloatVector x) {
        FloatVector y = expOfOrdinary(x);
        y = y.blend(INFINITY, x.compare(VectorOperators.GT, EXP_LARGEST));
        return y.blend(ZERO, x.compare(VectorOperators.LT, EXP_SMALLEST));
    }

    /// exp of what is not above 0, as in a softmax.
    static FloatVector expOfNegative(FloatVector x) {
        return expOfOrdinary(x).blend(ZERO, x.compare(VectorOperators.LT, EXP_SMALLEST));
    }

    /// exp where the result is a normal number.
    private static FloatVector expOfOrdinary(FloatVector x) {
        FloatVector shifted = x.fma(LOG2_E, TO_INTEGER);
        FloatVector n = shifted.sub(TO_INTEGER);
        FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, x));
        IntVector bits = expMinus1(r).add(ONE).reinterpretAsInts();
        return bits.add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23))
                .reinterpretAsFloats();
    }

    /// 2ᵗ for t ≤ 0, to 3e-6 of it.
    static FloatVector exp2OfNegative(FloatVector t) {
        FloatVector shifted = t.add(TO_INTEGER);
        FloatVector r = t.sub(shifted.sub(TO_INTEGER));
        FloatVector p = EXP2_3.fma(r, EXP2_2);
        p = p.fma(r, EXP2_1);
        p = p.fma(r, EXP2_0);
        p = p.fma(r, ONE);
        IntVector bits = p.reinterpretAsInts().add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23));
        return bits.reinterpretAsFloats().blend(ZERO, t.compare(VectorOperators.LT, EXP2_SMALLEST));
    }

    private static FloatVector expMinus1(FloatVector r) {
        FloatVector p = EXP_5.fma(r, EXP_4);
        p = p.fma(r, EXP_3);
        p = p.fma(r, EXP_2);
        p = p.fma(r, EXP_1);
        p = p.fma(r, EXP_0);
        return r.mul(r).fma(p, r);
    }

    static FloatVector log(FloatVector x) {
        VectorMask<Float> subnormal = x.compare(VectorOperators.LT, MIN_NORMAL);
        IntVector bits = x.blend(x.mul(TWO_23), subnormal).reinterpretAsInts();
        IntVector exponent = bits.sub(SQRT_HALF_BITS).lanewise(VectorOperators.ASHR, 23);
        FloatVector f = bits.sub(exponent.lanewise(VectorOperators.LSHL, 23))
                .reinterpretAsFloats()
                .sub(ONE);
        FloatVector n = (FloatVector) exponent.convert(VectorOperators.I2F, 0);
        FloatVector y = logOfMantissa(f, n.blend(n.sub(TWENTY_THREE), subnormal));
        y = y.blend(MINUS_INFINITY, x.compare(VectorOperators.EQ, ZERO));
        y = y.blend(x, x.compare(VectorOperators.EQ, INFINITY));
        return y.blend(NAN, x.compare(VectorOperators.LT, ZERO).or(x.test(VectorOperators.IS_NAN)));
    }

    /// log(1 + f) + n · ln 2
    private static FloatVector logOfMantissa(FloatVector f, FloatVector n) {
        FloatVector p = LOG_8.fma(f, LOG_7);
        p = p.fma(f, LOG_6);
        p = p.fma(f, LOG_5);
        p = p.fma(f, LOG_4);
        p = p.fma(f, LOG_3);
        p = p.fma(f, LOG_2);
        p = p.fma(f, LOG_1);
        p = p.fma(f, LOG_0);
        FloatVector y = f.mul(f).fma(f.fma(p, MINUS_HALF), f);
        return n.fma(LN2_HIGH, n.fma(LN2_LOW, y));
    }

    static FloatVector tanh(FloatVector x) {
        FloatVector a = x.abs().mul(TWO);
        a = a.min(TANH_FLAT);
        FloatVector shifted = a.fma(LOG2_E, TO_INTEGER);
        FloatVector n = shifted.sub(TO_INTEGER);
        FloatVector r = n.fma(MINUS_LN2_LOW, n.fma(MINUS_LN2_HIGH, a));
        FloatVector scale = shifted.reinterpretAsInts()
                .lanewise(VectorOperators.LSHL, 23)
                .add(ONE_BITS)
                .reinterpretAsFloats();
        FloatVector e = scale.fma(expMinus1(r), scale.sub(ONE));
        return withSignOf(x, e.div(e.add(TWO)));
    }

    static FloatVector sigmoid(FloatVector x) {
        return ONE.div(exp(x.neg()).add(ONE));
    }

    static FloatVector silu(FloatVector x) {
        return x.div(exp(x.neg()).add(ONE));
    }

    static FloatVector geluTanh(FloatVector x) {
        FloatVector u = x.mul(x.mul(x).fma(GELU_TANH_3, GELU_TANH_1));
        return x.div(exp(u.neg()).add(ONE));
    }

    /// erfc(|x|) / 2, the first half of [#erf]: both halves in one loop are more than the compiler takes.
    static FloatVector halfErfc(FloatVector x) {
        FloatVector a = x.abs().min(ERF_FLAT);
        FloatVector minus = a.mul(a).neg();
        return halfErfc(a.add(TWO), minus, ONE.sub(a.fma(a, minus)));
    }

    /// erf(x), given [#halfErfc(FloatVector)] of x.
    static FloatVector erf(FloatVector x, FloatVector half) {
        VectorMask<Float> near = x.abs().compare(VectorOperators.LT, ERF_NEAR);
        return withSignOf(x, half.fma(MINUS_TWO, ONE)).blend(erfNear(x), near);
    }

    private static FloatVector erfNear(FloatVector x) {
        FloatVector s = x.mul(x);
        FloatVector p = ERF_5.fma(s, ERF_4);
        p = p.fma(s, ERF_3);
        p = p.fma(s, ERF_2);
        p = p.fma(s, ERF_1);
        p = p.fma(s, ERF_0);
        return x.fma(p, x);
    }

    /// erfc(z) / 2 for z ≥ 0, given z + 2, and exp(−z²) as the exponential of `minusSquare` times `correction`.
    private static FloatVector halfErfc(FloatVector zPlus2, FloatVector minusSquare, FloatVector correction) {
        FloatVector w = HALF.div(zPlus2);
        FloatVector t = w.fma(MINUS_EIGHT, ONE);
        FloatVector p = ERFC_9.fma(t, ERFC_8);
        p = p.fma(t, ERFC_7);
        p = p.fma(t, ERFC_6);
        p = p.fma(t, ERFC_5);
        p = p.fma(t, ERFC_4);
        p = p.fma(t, ERFC_3);
        p = p.fma(t, ERFC_2);
        p = p.fma(t, ERFC_1);
        p = p.fma(t, ERFC_0);
        return expOfNegative(minusSquare).mul(correction).mul(p.mul(w));
    }

    /// Φ(−|x|), the first half of [#gelu].
    static FloatVector normalTail(FloatVector x) {
        FloatVector a = x.abs().min(GELU_FLAT);
        FloatVector minus = a.mul(a).neg();
        FloatVector correction = a.fma(a, minus).fma(MINUS_HALF, ONE);
        return halfErfc(a.fma(SQRT_HALF, TWO), minus.mul(HALF), correction);
    }

    /// x · Φ(x), given Φ(−|x|).
    static FloatVector gelu(FloatVector x, FloatVector tail) {
        return x.mul(ONE.sub(tail).blend(tail, x.compare(VectorOperators.LT, ZERO)));
    }

    static FloatVector softplus(FloatVector x) {
        FloatVector u = expOfNegative(x.abs().neg());
        FloatVector t = u.div(u.add(TWO));
        FloatVector s = t.mul(t);
        FloatVector p = ARTANH_4.fma(s, ARTANH_3);
        p = p.fma(s, ARTANH_2);
        p = p.fma(s, ARTANH_1);
        p = p.fma(s, ARTANH_0);
        return t.mul(s).fma(p, t).fma(TWO, x.max(ZERO));
    }

    /// The magnitude of `y`, which is not negative, with the sign of `x`.
    private static FloatVector withSignOf(FloatVector x, FloatVector y) {
        IntVector sign = x.reinterpretAsInts().lanewise(VectorOperators.AND, SIGN_BIT);
        return y.reinterpretAsInts().lanewise(VectorOperators.OR, sign).reinterpretAsFloats();
    }
}
