package org.rduzoo.runners.chat;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/// How Python prints values.
final class Text {

    private Text() {}

    /// As `str(value)`.
    static String of(Object value, Budget budget) {
        return switch (value) {
            case String text -> text;
            case Undefined _ -> "";
            default -> repr(value, budget);
        };
    }

    /// As `repr(value)`.
    static String repr(Object value, Budget budget) {
        StringBuilder text = new StringBuilder();
        repr(value, text, budget);
        return text.toString();
    }

    private static void repr(Object value, StringBuilder text, Budget budget) {
        int start = text.length();
        budget.steps(1);
        switch (value) {
            case None _ -> text.append("None");
            case Boolean b -> text.append(b ? "True" : "False");
            case Double d -> text.append(real(d));
            case String s -> text.append(quoted(s));
            case Tuple tuple -> {
                list(tuple, "(", tuple.size() == 1 ? ",)" : ")", text, budget);
                return;
            }
            case Range range -> text.append(range);
            case List<?> list -> {
                list(list, "[", "]", text, budget);
                return;
            }
            case Map<?, ?> map -> {
                dict(map, text, budget);
                return;
            }
            case Undefined _ -> text.append("Undefined");
            case View view -> {
                list(view.values(), view.kind() + "([", "])", text, budget);
                return;
            }
            case Namespace namespace -> {
                text.append("<Namespace ");
                dict(namespace.attributes(), text, budget);
                text.append('>');
                return;
            }
            case Function function ->
                text.append("<function ").append(function.name()).append('>');
            case Generator generator ->
                text.append("<").append(generator.kind()).append(" object>");
            case Loop loop ->
                text.append("<LoopContext ")
                        .append(loop.index())
                        .append('/')
                        .append(loop.length())
                        .append('>');
            default -> text.append(value);
        }
        budget.characters(text.length() - start);
    }

    private static void list(List<?> items, String open, String close, StringBuilder text, Budget budget) {
        budget.enter();
        text.append(open);
        for (int i = 0; i < items.size(); i++) {
            text.append(i == 0 ? "" : ", ");
            repr(items.get(i), text, budget);
        }
        text.append(close);
        budget.leave();
    }

    private static void dict(Map<?, ?> map, StringBuilder text, Budget budget) {
        budget.enter();
        String separator = "{";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            text.append(separator);
            repr(entry.getKey(), text, budget);
            text.append(": ");
            repr(entry.getValue(), text, budget);
            separator = ", ";
        }
        text.append(map.isEmpty() ? "{}" : "}");
        budget.leave();
    }

    /// A string as a Python literal.
    static String quoted(String text) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        StringBuilder result = new StringBuilder().append(quote);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\\' -> result.append("\\\\");
                case '\n' -> result.append("\\n");
                case '\r' -> result.append("\\r");
                case '\t' -> result.append("\\t");
                default -> {
                    if (c == quote) {
                        result.append('\\').append(quote);
                    } else if (isPrintable(c)) {
                        result.appendCodePoint(c);
                    } else {
                        result.append(String.format(c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c));
                    }
                }
            }
        });
        return result.append(quote).toString();
    }

    private static boolean isPrintable(int c) {
        return c == ' '
                || switch (Character.getType(c)) {
                    case Character.CONTROL,
                            Character.FORMAT,
                            Character.SURROGATE,
                            Character.PRIVATE_USE,
                            Character.UNASSIGNED,
                            Character.LINE_SEPARATOR,
                            Character.PARAGRAPH_SEPARATOR,
                            Character.SPACE_SEPARATOR -> false;
                    default -> true;
                };
    }

    /// A float with as few digits as tell it from its neighbours.
    static String real(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal decimal = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        int exponent = decimal.precision() - decimal.scale() - 1;
        if (exponent >= -4 && exponent < 16) {
            String plain = decimal.toPlainString();
            return plain.indexOf('.') >= 0 ? plain : plain + ".0";
        }
        String digits = decimal.unscaledValue().abs().toString();
        return (value < 0 ? "-" : "")
                + digits.charAt(0)
                + (digits.length() > 1 ? "." + digits.substring(1) : "")
                + String.format("e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
    }
}
