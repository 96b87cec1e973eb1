package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.simd.Lanes.splat;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import org.rduzoo.backend.host.kernel.Polynomials;

/// Constants, one in every lane. To fill a vector where it is used costs the compiler so much of what it spends on one
/// method that it would give up on the longer functions; a constant vector costs a load.
final class Splat {

    static final FloatVector ZERO = splat(0);
    static final FloatVector ONE = splat(1);
    static final FloatVector TWO = splat(2);
    static final FloatVector HALF = splat(0.5f);
    static final FloatVector MINUS_HALF = splat(-0.5f);
    static final FloatVector MINUS_TWO = splat(-2);
    static final FloatVector MINUS_EIGHT = splat(-8);
    static final FloatVector TWENTY_THREE = splat(23);
    static final FloatVector TWO_23 = splat(0x1p23f);
    static final FloatVector INFINITY = splat(Float.POSITIVE_INFINITY);
    static final FloatVector MINUS_INFINITY = splat(Float.NEGATIVE_INFINITY);
    static final FloatVector NAN = splat(Float.NaN);
    static final FloatVector MIN_NORMAL = splat(Float.MIN_NORMAL);

    /// Twice what tanh is 1 from.
    static final FloatVector TANH_FLAT = splat(20);

    static final FloatVector ERF_FLAT = splat(10);
    static final FloatVector GELU_FLAT = splat(14);

    static final FloatVector MINUS_LN2_HIGH = splat(-Polynomials.LN2_HIGH);
    static final FloatVector MINUS_LN2_LOW = splat(-Polynomials.LN2_LOW);
    static final FloatVector LN2_HIGH = splat(Polynomials.LN2_HIGH);
    static final FloatVector LN2_LOW = splat(Polynomials.LN2_LOW);
    static final FloatVector EXP_LARGEST = splat(Polynomials.EXP_LARGEST);
    static final FloatVector EXP_SMALLEST = splat(Polynomials.EXP_SMALLEST);
    static final FloatVector ERF_NEAR = splat(Polynomials.ERF_NEAR);
    static final FloatVector SQRT_HALF = splat(Polynomials.SQRT_HALF);
    static final FloatVector ARTANH_0 = splat(Polynomials.ARTANH_0);
    static final FloatVector ARTANH_1 = splat(Polynomials.ARTANH_1);
    static final FloatVector ARTANH_2 = splat(Polynomials.ARTANH_2);
    static final FloatVector ARTANH_3 = splat(Polynomials.ARTANH_3);
    static final FloatVector ARTANH_4 = splat(Polynomials.ARTANH_4);
    static final FloatVector ERFC_0 = splat(Polynomials.ERFC_0);
    static final FloatVector ERFC_1 = splat(Polynomials.ERFC_1);
    static final FloatVector ERFC_2 = splat(Polynomials.ERFC_2);
    static final FloatVector ERFC_3 = splat(Polynomials.ERFC_3);
    static final FloatVector ERFC_4 = splat(Polynomials.ERFC_4);
    static final FloatVector ERFC_5 = splat(Polynomials.ERFC_5);
    static final FloatVector ERFC_6 = splat(Polynomials.ERFC_6);
    static final FloatVector ERFC_7 = splat(Polynomials.ERFC_7);
    static final FloatVector ERFC_8 = splat(Polynomials.ERFC_8);
    static final FloatVector ERFC_9 = splat(Polynomials.ERFC_9);
    static final FloatVector ERF_0 = splat(Polynomials.ERF_0);
    static final FloatVector ERF_1 = splat(Polynomials.ERF_1);
    static final FloatVector ERF_2 = splat(Polynomials.ERF_2);
    static final FloatVector ERF_3 = splat(Polynomials.ERF_3);
    static final FloatVector ERF_4 = splat(Polynomials.ERF_4);
    static final FloatVector ERF_5 = splat(Polynomials.ERF_5);
    static final FloatVector EXP_0 = splat(Polynomials.EXP_0);
    static final FloatVector EXP_1 = splat(Polynomials.EXP_1);
    static final FloatVector EXP_2 = splat(Polynomials.EXP_2);
    static final FloatVector EXP_3 = splat(Polynomials.EXP_3);
    static final FloatVector EXP_4 = splat(Polynomials.EXP_4);
    static final FloatVector EXP_5 = splat(Polynomials.EXP_5);
    static final FloatVector EXP2_SMALLEST = splat(Polynomials.EXP2_SMALLEST);
    static final FloatVector EXP2_0 = splat(Polynomials.EXP2_0);
    static final FloatVector EXP2_1 = splat(Polynomials.EXP2_1);
    static final FloatVector EXP2_2 = splat(Polynomials.EXP2_2);
    static final FloatVector EXP2_3 = splat(Polynomials.EXP2_3);
    static final FloatVector GELU_TANH_1 = splat(Polynomials.GELU_TANH_1);
    static final FloatVector GELU_TANH_3 = splat(Polynomials.GELU_TANH_3);
    static final FloatVector LOG2_E = splat(Polynomials.LOG2_E);
    static final FloatVector LOG_0 = splat(Polynomials.LOG_0);
    static final FloatVector LOG_1 = splat(Polynomials.LOG_1);
    static final FloatVector LOG_2 = splat(Polynomials.LOG_2);
    static final FloatVector LOG_3 = splat(Polynomials.LOG_3);
    static final FloatVector LOG_4 = splat(Polynomials.LOG_4);
    static final FloatVector LOG_5 = splat(Polynomials.LOG_5);
    static final FloatVector LOG_6 = splat(Polynomials.LOG_6);
    static final FloatVector LOG_7 = splat(Polynomials.LOG_7);
    static final FloatVector LOG_8 = splat(Polynomials.LOG_8);
    static final FloatVector TO_INTEGER = splat(Polynomials.TO_INTEGER);

    static final IntVector SIGN_BIT = IntVector.broadcast(Lanes.INTS, 0x80000000);
    static final IntVector ONE_BITS = IntVector.broadcast(Lanes.INTS, 0x3f800000);
    static final IntVector SQRT_HALF_BITS = IntVector.broadcast(Lanes.INTS, Polynomials.SQRT_HALF_BITS);
    static final IntVector LOWEST_BIT = IntVector.broadcast(Lanes.INTS, 1);
    static final IntVector UPPER_HALF = IntVector.broadcast(Lanes.INTS, 0xffff0000);
    static final IntVector ALMOST_HALF = IntVector.broadcast(Lanes.INTS, 0x7fff);
    static final IntVector HALF_OF_BF16 = IntVector.broadcast(Lanes.INTS, 0x8000);
    static final IntVector QUIET_NAN = IntVector.broadcast(Lanes.INTS, 0x00400000);

    private Splat() {}
}
