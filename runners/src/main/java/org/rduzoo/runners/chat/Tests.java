package org.rduzoo.runners.chat;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/// Jinja's tests: what may stand behind `is`.
final class Tests {

    private final Budget budget;

    Tests(Budget budget) {
        this.budget = budget;
    }

    boolean holds(String name, Object value, Arguments arguments) {
        return switch (name) {
            case "defined" -> !(value instanceof Undefined);
            case "undefined" -> value instanceof Undefined;
            case "none" -> value instanceof None;
            case "boolean" -> value instanceof Boolean;
            case "true" -> value.equals(true);
            case "false" -> value.equals(false);
            case "string" -> value instanceof String;
            case "number" -> Types.isNumber(value);
            case "integer" -> Types.isInteger(value);
            case "float" -> value instanceof Double;
            case "mapping" -> value instanceof Map<?, ?>;
            case "iterable" -> Types.isIterable(value);
            case "sequence" -> Types.isSequence(value);
            case "callable" -> value instanceof Function || value instanceof Loop || value instanceof Undefined;
            case "escaped" -> false;
            case "odd" -> remainder(value, 2L).equals(BigInteger.ONE);
            case "even" -> remainder(value, 2L).signum() == 0;
            case "divisibleby" -> remainder(value, arguments.get(0, "num")).signum() == 0;
            case "lower" -> StringMethods.isCased(Text.of(value, budget), false);
            case "upper" -> StringMethods.isCased(Text.of(value, budget), true);
            case "sameas" -> isSame(value, arguments.get(0, "other"));
            case "eq", "equalto", "==" -> Order.holds("==", value, arguments.get(0, "other"), budget);
            case "ne", "!=" -> Order.holds("!=", value, arguments.get(0, "other"), budget);
            case "lt", "lessthan", "<" -> Order.holds("<", value, arguments.get(0, "other"), budget);
            case "le", "<=" -> Order.holds("<=", value, arguments.get(0, "other"), budget);
            case "gt", "greaterthan", ">" -> Order.holds(">", value, arguments.get(0, "other"), budget);
            case "ge", ">=" -> Order.holds(">=", value, arguments.get(0, "other"), budget);
            case "in" -> Order.holds("in", value, arguments.get(0, "seq"), budget);
            case "filter" -> value instanceof String s && Filters.isKnown(s);
            case "test" -> value instanceof String s && isKnown(s);
            default -> throw TemplateFailure.of("No test named '%s'.".formatted(name));
        };
    }

    private static boolean isKnown(String name) {
        return List.of(
                        "defined",
                        "undefined",
                        "none",
                        "boolean",
                        "true",
                        "false",
                        "string",
                        "number",
                        "integer",
                        "float",
                        "mapping",
                        "iterable",
                        "sequence",
                        "callable",
                        "escaped",
                        "odd",
                        "even",
                        "divisibleby",
                        "lower",
                        "upper",
                        "sameas",
                        "eq",
                        "equalto",
                        "==",
                        "ne",
                        "!=",
                        "lt",
                        "lessthan",
                        "<",
                        "le",
                        "<=",
                        "gt",
                        "greaterthan",
                        ">",
                        "ge",
                        ">=",
                        "in",
                        "filter",
                        "test")
                .contains(name);
    }

    private static BigInteger remainder(Object value, Object by) {
        if (value instanceof String) {
            throw TemplateFailure.of("not all arguments converted during string formatting");
        }
        return value instanceof Double d && d != Math.rint(d)
                ? BigInteger.TWO
                : Numbers.whole(Numbers.arithmetic("%", whole(value), whole(by)));
    }

    private static Object whole(Object value) {
        return Numbers.toWhole(value, 10)
                .orElseThrow(() -> TemplateFailure.of("a number is needed, not %s".formatted(Types.name(value))));
    }

    /// Python's `is`, which a template can tell from `==` on lists and dicts alone.
    @SuppressWarnings("ReferenceEquality")
    private static boolean isSame(Object value, Object other) {
        return switch (value) {
            case Boolean _, Long _, String _, None _ -> value.equals(other);
            default -> value == other;
        };
    }
}
