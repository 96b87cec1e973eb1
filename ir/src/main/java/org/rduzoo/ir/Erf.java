package org.rduzoo.ir;

/// The error function in float64, to about 1e-15: its Taylor series near zero, the continued fraction of its
/// complement far from it (Abramowitz and Stegun, 7.1.6 and 7.1.14).
final class Erf {

    private static final double NEAR = 2.5;

    private Erf() {}

    static double erf(double x) {
        return Math.abs(x) < NEAR ? series(x) : Math.signum(x) * (1 - fraction(Math.abs(x)));
    }

    /// 1 − erf(x), without cancellation for large `x`.
    static double erfc(double x) {
        return x < NEAR ? (x > -NEAR ? 1 - series(x) : 2 - fraction(-x)) : fraction(x);
    }

    /// erf(x) = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (1 · 3 · … · (2n+1)): all terms of one sign.
    private static double series(double x) {
        double term = x;
        double sum = x;
        for (int n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }

    /// erfc(x) = e^(−x²)/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))).
    private static double fraction(double x) {
        if (x > 27) {
            return 0;
        }
        double f = x;
        for (int k = 120; k >= 1; k--) {
            f = x + k / 2.0 / f;
        }
        return Math.exp(-x * x) / Math.sqrt(Math.PI) / f;
    }
}
