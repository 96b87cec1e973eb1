package org.rduzoo.runners.chat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Optional;

/// Python's numbers: whole ones of any size (`Long` where they fit, else `BigInteger`), floats, and booleans, which
/// count as 0 and 1.
final class Numbers {

    /// Beyond this a whole number is refused, as Python refuses to print it.
    static final int MOST_DIGITS = 4300;

    private static final BigInteger LEAST = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);

    private Numbers() {}

    static Object of(BigInteger value) {
        if (value.bitLength() > MOST_DIGITS * 10 / 3) {
            throw TemplateFailure.of("a number has more than " + MOST_DIGITS + " digits");
        }
        return value.compareTo(LEAST) < 0 || value.compareTo(MOST) > 0 ? value : (Object) value.longValue();
    }

    static BigInteger whole(Object value) {
        return switch (value) {
            case Boolean b -> b ? BigInteger.ONE : BigInteger.ZERO;
            case Long n -> BigInteger.valueOf(n);
            case BigInteger n -> n;
            case Undefined undefined -> throw undefined.failure();
            default ->
                throw TemplateFailure.of(
                        "'%s' object cannot be interpreted as an integer".formatted(Types.name(value)));
        };
    }

    static double real(Object value) {
        return switch (value) {
            case Double d -> d;
            case Long n -> n;
            default -> whole(value).doubleValue();
        };
    }

    /// A whole number as a place or a count, which is cut to what fits.
    static int index(Object value) {
        return value instanceof Long n
                ? Math.clamp(n, Integer.MIN_VALUE + 1, Integer.MAX_VALUE)
                : whole(value).signum()
                        * (whole(value).bitLength() > 31
                                ? Integer.MAX_VALUE
                                : whole(value).abs().intValue());
    }

    /// `left operator right`.
    static Object arithmetic(String operator, Object left, Object right) {
        if (left instanceof Double || right instanceof Double || operator.equals("/")) {
            return reals(operator, real(left), real(right));
        }
        BigInteger a = whole(left);
        BigInteger b = whole(right);
        return switch (operator) {
            case "+" -> of(a.add(b));
            case "-" -> of(a.subtract(b));
            case "*" -> of(a.multiply(b));
            case "//" -> of(floorDivided(a, b, "integer division or modulo by zero")[0]);
            case "%" -> of(floorDivided(a, b, "integer modulo by zero")[1]);
            default -> power(a, b);
        };
    }

    private static Object power(BigInteger a, BigInteger b) {
        if (b.signum() < 0) {
            return reals("**", a.doubleValue(), b.doubleValue());
        }
        long bits = Math.max(1, (long) a.bitLength());
        if (a.abs().compareTo(BigInteger.ONE) > 0 && (b.bitLength() > 31 || bits * b.longValue() > MOST_DIGITS * 4L)) {
            throw TemplateFailure.of("a power has more than " + MOST_DIGITS + " digits");
        }
        if (a.abs().compareTo(BigInteger.ONE) <= 0) {
            return of(b.signum() == 0 || (a.signum() < 0 && !b.testBit(0)) ? BigInteger.ONE : a);
        }
        return of(a.pow(b.intValueExact()));
    }

    private static BigInteger[] floorDivided(BigInteger a, BigInteger b, String byZero) {
        if (b.signum() == 0) {
            throw TemplateFailure.of(byZero);
        }
        BigInteger[] result = a.divideAndRemainder(b);
        if (result[1].signum() != 0 && result[1].signum() != b.signum()) {
            result[0] = result[0].subtract(BigInteger.ONE);
            result[1] = result[1].add(b);
        }
        return result;
    }

    private static Object reals(String operator, double a, double b) {
        if (b == 0) {
            switch (operator) {
                case "/" -> throw TemplateFailure.of("division by zero");
                case "//" -> throw TemplateFailure.of("float floor division by zero");
                case "%" -> throw TemplateFailure.of("float modulo");
                default -> {}
            }
        }
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / b;
            case "//" -> Math.floor((a - modulo(a, b)) / b + 0.5);
            case "%" -> modulo(a, b);
            default -> {
                if (a == 0 && b < 0) {
                    throw TemplateFailure.of("0.0 cannot be raised to a negative power");
                }
                yield Math.pow(a, b);
            }
        };
    }

    private static double modulo(double a, double b) {
        double rest = a % b;
        return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
    }

    static Object negated(Object value) {
        return value instanceof Double d ? (Object) (-d) : of(whole(value).negate());
    }

    /// As Python's `round(value, places)`: to the nearest, to the even one of two.
    static Object rounded(Object value, int places) {
        if (value instanceof Double d) {
            return Double.isFinite(d) && places < 400
                    ? (Object) new BigDecimal(d)
                            .setScale(Math.max(places, -400), RoundingMode.HALF_EVEN)
                            .doubleValue()
                    : d;
        }
        if (places >= 0) {
            return of(whole(value));
        }
        return of(new BigDecimal(whole(value))
                .setScale(Math.max(places, -MOST_DIGITS), RoundingMode.HALF_EVEN)
                .toBigInteger());
    }

    /// As Python's `int(value)`; nothing where that would be an error.
    static Optional<Object> toWhole(Object value, int base) {
        return switch (value) {
            case String text -> parsedWhole(text, base);
            case Double d when Double.isFinite(d) -> Optional.of(of(new BigDecimal(d).toBigInteger()));
            case Boolean _, Long _, BigInteger _ -> Optional.of(of(whole(value)));
            case Undefined undefined -> throw undefined.failure();
            default -> Optional.empty();
        };
    }

    private static Optional<Object> parsedWhole(String text, int base) {
        String digits = Strings.stripStart(Strings.stripEnd(text)).replaceAll("(?<=\\w)_(?=\\w)", "");
        String prefix = base == 16 ? "0[xX]" : base == 8 ? "0[oO]" : base == 2 ? "0[bB]" : "";
        digits = prefix.isEmpty() ? digits : digits.replaceFirst("^([+-]?)" + prefix, "$1");
        if (digits.length() > MOST_DIGITS || base < 2 || base > 36) {
            return Optional.empty();
        }
        try {
            return Optional.of(of(new BigInteger(digits, base)));
        } catch (NumberFormatException _) {
            return Optional.empty();
        }
    }

    /// As Python's `float(value)`; nothing where that would be an error.
    static Optional<Double> toReal(Object value) {
        if (Types.isNumber(value)) {
            return Optional.of(real(value));
        }
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (!(value instanceof String text)) {
            return Optional.empty();
        }
        String digits = Strings.stripStart(Strings.stripEnd(text)).replaceAll("(?<=\\d)_(?=\\d)", "");
        if (digits.matches("(?i)[+-]?(inf|infinity)")) {
            return Optional.of(digits.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY);
        }
        if (digits.matches("(?i)[+-]?nan")) {
            return Optional.of(Double.NaN);
        }
        return digits.matches("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?")
                ? Optional.of(Double.parseDouble(digits))
                : Optional.empty();
    }
}
