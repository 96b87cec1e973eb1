package org.rduzoo.backend.host.kernel;

/// The numbers behind the elementary functions in `f32`, scalar and vector. Coefficients are numbered from the lowest
/// power up; they were fitted so that the largest relative error of the function over the interval is as small as the
/// degree allows, at most 3e-8.
public final class Polynomials {

    /// 1.5 · 2²³: added to a small number and taken away again, it rounds it to an integer, which is left in the lowest
    /// bits of the sum.
    public static final float TO_INTEGER = 0x1.8p23f;

    public static final float LOG2_E = 1.44269504f;

    /// ln 2 in two parts; products of the first with exponents are exact.
    public static final float LN2_HIGH = 0x1.62e4p-1f;

    public static final float LN2_LOW = 1.42860682e-6f;

    /// Above this, exp is ∞.
    public static final float EXP_LARGEST = 88.7228394f;

    /// Below this, exp counts as 0: it would be less than the smallest normal number.
    public static final float EXP_SMALLEST = -87.3365402f;

    /// (exp(r) − 1 − r) / r², for |r| ≤ ln(2) / 2.
    public static final float EXP_0 = 0.5f;

    public static final float EXP_1 = 0.166666672f;
    public static final float EXP_2 = 4.166626930e-2f;
    public static final float EXP_3 = 8.333263919e-3f;
    public static final float EXP_4 = 1.394617721e-3f;
    public static final float EXP_5 = 1.991850149e-4f;

    /// The bits of √½: mantissas are taken between it and √2.
    public static final int SQRT_HALF_BITS = 0x3f3504f3;

    /// (log(1 + f) − f + f² / 2) / f³, for √½ ≤ 1 + f ≤ √2.
    public static final float LOG_0 = 3.333331347e-1f;

    public static final float LOG_1 = -2.500000894e-1f;
    public static final float LOG_2 = 2.000211924e-1f;
    public static final float LOG_3 = -1.666799635e-1f;
    public static final float LOG_4 = 1.421955079e-1f;
    public static final float LOG_5 = -1.240559220e-1f;
    public static final float LOG_6 = 1.188817769e-1f;
    public static final float LOG_7 = -1.167563871e-1f;
    public static final float LOG_8 = 6.746591628e-2f;

    /// (artanh(t) / t − 1) / t² in t², for 0 ≤ t ≤ ⅓; log(1 + u) = 2 artanh(u / (2 + u)).
    public static final float ARTANH_0 = 3.333333731e-1f;

    public static final float ARTANH_1 = 1.999943852e-1f;
    public static final float ARTANH_2 = 1.430844218e-1f;
    public static final float ARTANH_3 = 1.071382910e-1f;
    public static final float ARTANH_4 = 1.215046719e-1f;

    /// Below this, erf is its polynomial; from it on, 1 less its complement.
    public static final float ERF_NEAR = 0.9f;

    /// erf(x) / x − 1 in x², for |x| ≤ 0.9.
    public static final float ERF_0 = 1.283791512e-1f;

    public static final float ERF_1 = -3.761253357e-1f;
    public static final float ERF_2 = 1.128223017e-1f;
    public static final float ERF_3 = -2.678195760e-2f;
    public static final float ERF_4 = 5.016228650e-3f;
    public static final float ERF_5 = -6.111293915e-4f;

    /// erfc(z) · exp(z²) · (z + 2) in t = (z − 2) / (z + 2), for 0 ≤ z ≤ 10.5.
    public static final float ERFC_0 = 1.021582723f;

    public static final float ERFC_1 = -6.871609092e-1f;
    public static final float ERFC_2 = 2.794713676e-1f;
    public static final float ERFC_3 = -3.643568605e-2f;
    public static final float ERFC_4 = -2.150110900e-2f;
    public static final float ERFC_5 = 6.434640381e-3f;
    public static final float ERFC_6 = 3.036675509e-3f;
    public static final float ERFC_7 = -7.279433194e-4f;
    public static final float ERFC_8 = -5.218629376e-4f;
    public static final float ERFC_9 = -4.224328222e-5f;

    public static final float SQRT_HALF = 0.707106781f;

    /// 2 √(2/π), and that times 0.044715: what GELU by tanh is made of.
    public static final float GELU_TANH_1 = 1.59576912f;

    public static final float GELU_TANH_3 = 0.0713548163f;

    private Polynomials() {}
}
