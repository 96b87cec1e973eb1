package org.rduzoo.runners.chat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Python's two ways to format: `'%5.2f' % x` and `'{:>8}'.format(x)`.
final class Formats {

    private static final Pattern PERCENT =
            Pattern.compile("%(?:\\(([^()]*)\\))?([-+ #0]*)(\\*|\\d*)(?:\\.(\\*|\\d*))?[hlL]?(.?)", Pattern.DOTALL);
    private static final Pattern SPEC = Pattern.compile(
            "(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?(\\d+)?([,_])?(?:\\.(\\d+))?([a-zA-Z%])?", Pattern.DOTALL);

    private Formats() {}

    /// `format % values`.
    static String percent(String format, Object values, Budget budget) {
        Percent state = new Percent(values, budget);
        Matcher matcher = PERCENT.matcher(format);
        StringBuilder result = new StringBuilder();
        int done = 0;
        while (matcher.find(done)) {
            result.append(format, done, matcher.start());
            result.append(state.one(matcher));
            done = matcher.end();
        }
        state.requireAllUsed();
        budget.characters(result.length() + format.length() - done);
        return result.append(format, done, format.length()).toString();
    }

    private static final class Percent {

        private final Object values;
        private final Budget budget;
        private int used;

        Percent(Object values, Budget budget) {
            this.values = values;
            this.budget = budget;
        }

        private Object next() {
            if (values instanceof Tuple tuple) {
                if (used >= tuple.size()) {
                    throw TemplateFailure.of("not enough arguments for format string");
                }
                return tuple.get(used++);
            }
            if (used++ > 0) {
                throw TemplateFailure.of("not enough arguments for format string");
            }
            return values;
        }

        void requireAllUsed() {
            boolean isLeft = values instanceof Tuple tuple
                    ? used < tuple.size()
                    : used == 0 && !(values instanceof Map<?, ?> || values instanceof List<?>);
            if (isLeft) {
                throw TemplateFailure.of("not all arguments converted during string formatting");
            }
        }

        String one(Matcher m) {
            String conversion = m.group(5);
            if (conversion.equals("%")) {
                return "%";
            }
            if (conversion.isEmpty()) {
                throw TemplateFailure.of("incomplete format");
            }
            String flags = m.group(2);
            int width = size(m.group(3), 0);
            int precision = m.group(4) == null ? -1 : size(m.group(4), 0);
            Object value;
            if (m.group(1) == null) {
                value = next();
            } else if (values instanceof Map<?, ?> map) {
                used++;
                value = Dicts.find(map, m.group(1), budget)
                        .orElseThrow(() -> TemplateFailure.of("KeyError: " + Text.quoted(m.group(1))));
            } else {
                throw TemplateFailure.of("format requires a mapping");
            }
            char type = conversion.charAt(0);
            String sign = flags.contains("+") ? "+" : flags.contains(" ") ? " " : "-";
            boolean isNumber = "srac".indexOf(type) < 0;
            String text = switch (type) {
                case 's' -> cut(Text.of(value, budget), precision);
                case 'r', 'a' -> cut(Text.repr(value, budget), precision);
                case 'c' -> value instanceof String s ? s : Character.toString(Numbers.index(value));
                case 'd', 'i', 'u', 'x', 'X', 'o' -> {
                    if (!Types.isNumber(value) || (value instanceof Double && "xXo".indexOf(type) >= 0)) {
                        throw TemplateFailure.of(
                                "%%%s format: a real number is required, not %s".formatted(type, Types.name(value)));
                    }
                    BigInteger whole = Numbers.whole(Numbers.toWhole(value, 10).orElse(0L));
                    yield signed(whole.signum() < 0, sign, whole(whole.abs(), type, flags.contains("#")));
                }
                case 'e', 'E', 'f', 'F', 'g', 'G' -> {
                    if (!Types.isNumber(value)) {
                        throw TemplateFailure.of("must be real number, not %s".formatted(Types.name(value)));
                    }
                    yield real(Numbers.real(value), type, precision < 0 ? 6 : precision, sign);
                }
                default -> throw TemplateFailure.of("unsupported format character '%s'".formatted(conversion));
            };
            char align = flags.contains("-") ? '<' : isNumber && flags.contains("0") ? '=' : '>';
            return padded(text, align == '=' ? '0' : ' ', align, width, budget);
        }

        private int size(String text, int otherwise) {
            return text.equals("*") ? Numbers.index(next()) : text.isEmpty() ? otherwise : smallInteger(text);
        }
    }

    private static int smallInteger(String digits) {
        if (digits.length() > 9) {
            throw TemplateFailure.of("Too many decimal digits in format string");
        }
        return Integer.parseInt(digits);
    }

    private static String cut(String text, int precision) {
        return precision < 0 || precision >= Strings.length(text)
                ? text
                : text.substring(0, text.offsetByCodePoints(0, precision));
    }

    /// As Python's `format(value, spec)`.
    static String format(Object value, String spec, Budget budget) {
        if (spec.isEmpty()) {
            return Text.of(value, budget);
        }
        Matcher m = SPEC.matcher(spec);
        if (!m.matches()) {
            throw TemplateFailure.of(
                    "Invalid format specifier '%s' for object of type '%s'".formatted(spec, Types.name(value)));
        }
        boolean isNumber = Types.isNumber(value) && !(value instanceof Boolean && m.group(9) == null);
        if (!isNumber && !(value instanceof String || value instanceof Boolean)) {
            throw TemplateFailure.of("unsupported format string passed to %s.__format__".formatted(Types.name(value)));
        }
        String sign = m.group(3) == null ? "-" : m.group(3);
        int precision = m.group(8) == null ? -1 : smallInteger(m.group(8));
        char type = m.group(9) == null ? (isNumber ? ' ' : 's') : m.group(9).charAt(0);
        boolean isText = type == 's' && !isNumber;
        String text = isText
                ? cut(Text.of(value, budget), precision)
                : number(value, type, precision, sign, m.group(4) != null);
        if (m.group(7) != null) {
            text = grouped(text, m.group(7));
        }
        boolean isZeroed = m.group(5) != null;
        char align = m.group(2) != null ? m.group(2).charAt(0) : isText ? '<' : isZeroed ? '=' : '>';
        String fill = m.group(1) != null ? m.group(1) : isZeroed ? "0" : " ";
        int width = m.group(6) == null ? 0 : smallInteger(m.group(6));
        return padded(text, fill.charAt(0), align, width, budget);
    }

    private static String number(Object value, char type, int precision, String sign, boolean isAlternate) {
        boolean isReal = value instanceof Double;
        return switch (type) {
            case 'd', 'x', 'X', 'o', 'b', 'n' -> {
                if (isReal || !Types.isNumber(value)) {
                    throw unknownType(type, value);
                }
                BigInteger whole = Numbers.whole(value);
                yield signed(whole.signum() < 0, sign, whole(whole.abs(), type, isAlternate));
            }
            case ' ' -> {
                if (isReal) {
                    double d = Numbers.real(value);
                    String text = precision < 0 ? Text.real(Math.abs(d)) : unsigned(Math.abs(d), 'g', precision);
                    yield signed(d < 0 || (d == 0 && 1 / d < 0), sign, text);
                }
                BigInteger whole = Numbers.whole(value);
                yield signed(whole.signum() < 0, sign, whole.abs().toString());
            }
            case 'e', 'E', 'f', 'F', 'g', 'G', '%' -> {
                if (!Types.isNumber(value)) {
                    throw unknownType(type, value);
                }
                yield real(Numbers.real(value), type, precision < 0 ? 6 : precision, sign);
            }
            default -> throw unknownType(type, value);
        };
    }

    private static TemplateFailure unknownType(char type, Object value) {
        return TemplateFailure.of(
                "Unknown format code '%s' for object of type '%s'".formatted(type, Types.name(value)));
    }

    private static String whole(BigInteger value, char type, boolean isAlternate) {
        return switch (type) {
            case 'x' -> (isAlternate ? "0x" : "") + value.toString(16);
            case 'X' -> (isAlternate ? "0X" : "") + value.toString(16).toUpperCase(Locale.ROOT);
            case 'o' -> (isAlternate ? "0o" : "") + value.toString(8);
            case 'b' -> (isAlternate ? "0b" : "") + value.toString(2);
            default -> value.toString();
        };
    }

    private static String signed(boolean isNegative, String sign, String text) {
        return isNegative ? "-" + text : sign.equals("-") ? text : sign + text;
    }

    private static String real(double value, char type, int precision, String sign) {
        boolean isNegative = value < 0 || (value == 0 && 1 / value < 0);
        String text = unsigned(Math.abs(value), type, precision);
        return signed(isNegative, sign, Character.isUpperCase(type) ? text.toUpperCase(Locale.ROOT) : text);
    }

    private static String unsigned(double value, char type, int precision) {
        if (!Double.isFinite(value)) {
            return Text.real(value) + (type == '%' ? "%" : "");
        }
        if (precision > Numbers.MOST_DIGITS) {
            throw TemplateFailure.of("precision too big");
        }
        BigDecimal exact = new BigDecimal(value);
        return switch (Character.toLowerCase(type)) {
            case 'f' -> exact.setScale(precision, RoundingMode.HALF_EVEN).toPlainString();
            case '%' ->
                new BigDecimal(value * 100)
                                .setScale(precision, RoundingMode.HALF_EVEN)
                                .toPlainString() + "%";
            case 'e' -> scientific(exact, precision, false);
            default -> {
                int digits = Math.max(1, precision);
                BigDecimal rounded = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
                int exponent = value == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
                if (exponent < -4 || exponent >= digits) {
                    yield scientific(exact, digits - 1, true);
                }
                BigDecimal plain = rounded.setScale(Math.max(0, digits - 1 - exponent), RoundingMode.HALF_EVEN);
                yield value == 0 ? "0" : plain.stripTrailingZeros().toPlainString();
            }
        };
    }

    private static String scientific(BigDecimal value, int precision, boolean isShort) {
        BigDecimal rounded = value.round(new MathContext(precision + 1, RoundingMode.HALF_EVEN));
        int exponent = value.signum() == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
        String digits = rounded.movePointLeft(exponent)
                .setScale(precision, RoundingMode.HALF_EVEN)
                .toPlainString();
        if (isShort && digits.contains(".")) {
            digits = digits.replaceFirst("\\.?0+$", "");
        }
        return digits + String.format("e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
    }

    private static String grouped(String text, String separator) {
        int start = text.isEmpty() || Character.isDigit(text.charAt(0)) ? 0 : 1;
        int end = start;
        while (end < text.length() && Character.isDigit(text.charAt(end))) {
            end++;
        }
        StringBuilder result = new StringBuilder(text);
        for (int at = end - 3; at > start; at -= 3) {
            result.insert(at, separator);
        }
        return result.toString();
    }

    /// `text` widened with `fill`; `=` puts it between sign and digits.
    static String padded(String text, char fill, char align, int width, Budget budget) {
        int missing = width - Strings.length(text);
        if (missing <= 0) {
            return text;
        }
        budget.characters(width);
        String padding = String.valueOf(fill);
        return switch (align) {
            case '<' -> text + padding.repeat(missing);
            case '^' -> padding.repeat(missing / 2) + text + padding.repeat(missing - missing / 2);
            case '=' -> {
                int sign = text.startsWith("-") || text.startsWith("+") || text.startsWith(" ") ? 1 : 0;
                yield text.substring(0, sign) + padding.repeat(missing) + text.substring(sign);
            }
            default -> padding.repeat(missing) + text;
        };
    }
}
