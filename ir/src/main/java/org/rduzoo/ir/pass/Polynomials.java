package org.rduzoo.ir.pass;

import java.util.Optional;
import java.util.OptionalDouble;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.Elementwise.Binary;
import org.rduzoo.ir.Elementwise.Unary;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.ir.Value;

/// Reads expressions as polynomials of third degree or less in one value, so that a formula is known in whatever way
/// it is written. A polynomial is its four coefficients, that of degree 0 first.
///
/// @param x the variable
record Polynomials(Value x, Uses uses) {

    private static final int SIZE = 4;
    private static final int MAX_DEPTH = 6;

    /// `v` as a polynomial.
    Optional<double[]> of(Value v) {
        return of(v, MAX_DEPTH);
    }

    /// `v / factor` as a polynomial, where `v` is a product with `factor`.
    Optional<double[]> ofQuotient(Value v, Value factor) {
        return ofQuotient(v, factor, MAX_DEPTH);
    }

    private Optional<double[]> ofQuotient(Value v, Value factor, int depth) {
        if (v.equals(factor)) {
            return Optional.of(new double[] {1, 0, 0, 0});
        }
        if (depth == 0 || !(uses.op(v) instanceof Binary(BinaryFn fn, Value a, Value b))) {
            return Optional.empty();
        }
        return switch (fn) {
            case MUL ->
                join(ofQuotient(a, factor, depth - 1), of(b)).or(() -> join(of(a), ofQuotient(b, factor, depth - 1)));
            case DIV -> ofQuotient(a, factor, depth - 1).flatMap(p -> dividedBy(p, b));
            case ADD, SUB, MAX, MIN, POW -> Optional.empty();
        };
    }

    private Optional<double[]> of(Value v, int depth) {
        if (v.equals(x)) {
            return Optional.of(new double[] {0, 1, 0, 0});
        }
        OptionalDouble number = Terms.number(v, uses);
        if (number.isPresent()) {
            return Optional.of(new double[] {number.getAsDouble(), 0, 0, 0});
        }
        if (depth == 0) {
            return Optional.empty();
        }
        return switch (uses.op(v)) {
            case Unary(UnaryFn fn, Value a)
            when fn == UnaryFn.NEG -> of(a, depth - 1).map(p -> times(p, -1));
            case Binary(BinaryFn fn, Value a, Value b) -> of(a, depth - 1).flatMap(p -> binary(fn, p, b, depth - 1));
            case null, default -> Optional.empty();
        };
    }

    private Optional<double[]> binary(BinaryFn fn, double[] p, Value b, int depth) {
        return switch (fn) {
            case ADD -> of(b, depth).map(q -> sum(p, q));
            case SUB -> of(b, depth).map(q -> sum(p, times(q, -1)));
            case MUL -> of(b, depth).flatMap(q -> product(p, q));
            case DIV -> dividedBy(p, b);
            case POW ->
                Terms.number(b, uses).equals(OptionalDouble.of(3))
                        ? product(p, p).flatMap(q -> product(p, q))
                        : Optional.empty();
            case MAX, MIN -> Optional.empty();
        };
    }

    private Optional<double[]> dividedBy(double[] p, Value b) {
        OptionalDouble number = Terms.number(b, uses);
        return number.isPresent() ? Optional.of(times(p, 1 / number.getAsDouble())) : Optional.empty();
    }

    private static Optional<double[]> join(Optional<double[]> p, Optional<double[]> q) {
        return p.flatMap(a -> q.flatMap(b -> product(a, b)));
    }

    private static double[] sum(double[] p, double[] q) {
        double[] sum = new double[SIZE];
        for (int i = 0; i < SIZE; i++) {
            sum[i] = p[i] + q[i];
        }
        return sum;
    }

    static double[] times(double[] p, double factor) {
        double[] scaled = new double[SIZE];
        for (int i = 0; i < SIZE; i++) {
            scaled[i] = p[i] * factor;
        }
        return scaled;
    }

    /// Nothing when the degree is too high.
    private static Optional<double[]> product(double[] p, double[] q) {
        double[] product = new double[SIZE];
        for (int i = 0; i < SIZE; i++) {
            for (int j = 0; j < SIZE; j++) {
                if (p[i] != 0 && q[j] != 0) {
                    if (i + j >= SIZE) {
                        return Optional.empty();
                    }
                    product[i + j] += p[i] * q[j];
                }
            }
        }
        return Optional.of(product);
    }

    /// Whether two polynomials are the same but for the rounding of their constants to f32.
    static boolean areNear(double[] p, double[] q) {
        for (int i = 0; i < SIZE; i++) {
            if (!Terms.isNear(p[i], q[i])) {
                return false;
            }
        }
        return true;
    }
}
