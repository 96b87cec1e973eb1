package org.rduzoo.backend.host.kernel;

/// The numbers behind the elementary functions in `f32`, scalar and vector. Coefficients are numbered from the lowest
/// power up; they were fitted so that the largest relative error of the function over the interval is as small as the
/// degree allows, at most 3e-8 but where another figure stands.
public final class Polynomials {

    /// 1.5 · 2²³: added to a small number and taken away again, it rounds it to an integer, which is left in the lowest
    /// bits of the sum.
    public static final float TO_INTEGER = 0x1.8p23f;

    public static final float LOG2_E = 1.442695f;

    /// ln 2 in two parts; products of the first with exponents are exact.
    public static final float LN2_HIGH = 0x1.62e4p-1f;

    public static final float LN2_LOW = 1.4286068e-6f;

    /// Above this, exp is ∞.
    public static final float EXP_LARGEST = 88.72284f;

    /// Below this, exp counts as 0: it would be less than the smallest normal number.
    public static final float EXP_SMALLEST = -87.33654f;

    /// (exp(r) − 1 − r) / r², for |r| ≤ ln(2) / 2.
    public static final float EXP_0 = 0.5f;

    public static final float EXP_1 = 0.16666667f;
    public static final float EXP_2 = 0.04166627f;
    public static final float EXP_3 = 0.008333264f;
    public static final float EXP_4 = 0.0013946177f;
    public static final float EXP_5 = 1.9918501e-4f;

    /// Below this, 2ᵗ counts as 0, likewise.
    public static final float EXP2_SMALLEST = -126;

    /// (2ʳ − 1) / r, for |r| ≤ ½, to 3e-6 of 2ʳ: more than enough for what is rounded to `bf16`.
    public static final float EXP2_0 = 0.6931242f;

    public static final float EXP2_1 = 0.24024099f;
    public static final float EXP2_2 = 0.055906426f;
    public static final float EXP2_3 = 0.009582853f;

    /// The bits of √½: mantissas are taken between it and √2.
    public static final int SQRT_HALF_BITS = 0x3f3504f3;

    /// (log(1 + f) − f + f² / 2) / f³, for √½ ≤ 1 + f ≤ √2.
    public static final float LOG_0 = 0.33333313f;

    public static final float LOG_1 = -0.2500001f;
    public static final float LOG_2 = 0.20002119f;
    public static final float LOG_3 = -0.16667996f;
    public static final float LOG_4 = 0.14219551f;
    public static final float LOG_5 = -0.12405592f;
    public static final float LOG_6 = 0.11888178f;
    public static final float LOG_7 = -0.11675639f;
    public static final float LOG_8 = 0.06746592f;

    /// (artanh(t) / t − 1) / t² in t², for 0 ≤ t ≤ ⅓; log(1 + u) = 2 artanh(u / (2 + u)).
    public static final float ARTANH_0 = 0.33333337f;

    public static final float ARTANH_1 = 0.19999439f;
    public static final float ARTANH_2 = 0.14308442f;
    public static final float ARTANH_3 = 0.10713829f;
    public static final float ARTANH_4 = 0.12150467f;

    /// Below this, erf is its polynomial; from it on, 1 less its complement.
    public static final float ERF_NEAR = 0.9f;

    /// erf(x) / x − 1 in x², for |x| ≤ 0.9.
    public static final float ERF_0 = 0.12837915f;

    public static final float ERF_1 = -0.37612534f;
    public static final float ERF_2 = 0.1128223f;
    public static final float ERF_3 = -0.026781958f;
    public static final float ERF_4 = 0.0050162286f;
    public static final float ERF_5 = -6.111294e-4f;

    /// erfc(z) · exp(z²) · (z + 2) in t = (z − 2) / (z + 2), for 0 ≤ z ≤ 10.5.
    public static final float ERFC_0 = 1.0215827f;

    public static final float ERFC_1 = -0.6871609f;
    public static final float ERFC_2 = 0.27947137f;
    public static final float ERFC_3 = -0.036435686f;
    public static final float ERFC_4 = -0.021501109f;
    public static final float ERFC_5 = 0.0064346404f;
    public static final float ERFC_6 = 0.0030366755f;
    public static final float ERFC_7 = -7.279433e-4f;
    public static final float ERFC_8 = -5.2186294e-4f;
    public static final float ERFC_9 = -4.2243282e-5f;

    public static final float SQRT_HALF = 0.70710677f;

    /// 2 √(2/π), and that times 0.044715: what GELU by tanh is made of.
    public static final float GELU_TANH_1 = 1.5957692f;

    public static final float GELU_TANH_3 = 0.071354814f;

    private Polynomials() {}
}
