package org.rduzoo.ir;

/// Rounds float64 to the numbers that a smaller type has.
final class Rounding {

    private Rounding() {}

    /// The nearest number with `digits` binary digits and an exponent of at least `leastExponent`, ties to even;
    /// `beyond`, with the sign of `x`, where that passes `greatest`.
    static double nearest(double x, int digits, int leastExponent, double greatest, double beyond) {
        if (x == 0 || Double.isNaN(x) || Double.isInfinite(x)) {
            return x;
        }
        double unit = Math.scalb(1.0, Math.max(Math.getExponent(x), leastExponent) - (digits - 1));
        double rounded = Math.rint(x / unit) * unit;
        return Math.abs(rounded) <= greatest ? rounded : Math.copySign(beyond, x);
    }

    /// `x` without its fraction, within bounds; 0 for what is no number.
    static double truncated(double x, double least, double greatest) {
        double whole = x < 0 ? Math.ceil(x) : Math.floor(x);
        return Double.isNaN(x) ? 0 : Math.clamp(whole, least, greatest) + 0.0;
    }
}
