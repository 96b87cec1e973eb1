package org.rduzoo.runners.chat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// Python's `==`, `<` and `in`.
final class Order {

    private Order() {}

    /// Like Python, a list equals itself without a look at what it holds.
    @SuppressWarnings("ReferenceEquality")
    static boolean equal(Object a, Object b, Budget budget) {
        budget.steps(1);
        if (a == b) {
            return !(a instanceof Double d && d.isNaN());
        }
        if (Types.isNumber(a) && Types.isNumber(b)) {
            return !isNaN(a) && !isNaN(b) && numbers(a, b) == 0;
        }
        return switch (a) {
            case Undefined _ -> b instanceof Undefined;
            case List<?> x
            when b instanceof List<?> y && (x instanceof Tuple) == (y instanceof Tuple) -> equalLists(x, y, budget);
            case Map<?, ?> x when b instanceof Map<?, ?> y -> equalMaps(x, y, budget);
            case String x -> x.equals(b);
            case None x -> x == b;
            default -> false;
        };
    }

    private static boolean equalLists(List<?> x, List<?> y, Budget budget) {
        if (x.size() != y.size()) {
            return false;
        }
        budget.enter();
        boolean isEqual = true;
        for (int i = 0; isEqual && i < x.size(); i++) {
            isEqual = equal(x.get(i), y.get(i), budget);
        }
        budget.leave();
        return isEqual;
    }

    private static boolean equalMaps(Map<?, ?> x, Map<?, ?> y, Budget budget) {
        if (x.size() != y.size()) {
            return false;
        }
        budget.enter();
        boolean isEqual = true;
        for (Map.Entry<?, ?> entry : x.entrySet()) {
            isEqual = isEqual
                    && Dicts.find(y, entry.getKey(), budget)
                            .filter(v -> equal(entry.getValue(), v, budget))
                            .isPresent();
        }
        budget.leave();
        return isEqual;
    }

    private static boolean isNaN(Object value) {
        return value instanceof Double d && d.isNaN();
    }

    private static int numbers(Object a, Object b) {
        if (a instanceof Long x && b instanceof Long y) {
            return Long.compare(x, y);
        }
        double x = Numbers.real(a);
        double y = Numbers.real(b);
        if (x != y || Double.isInfinite(x)) {
            return Double.compare(x, y);
        }
        return exact(a).compareTo(exact(b));
    }

    private static BigDecimal exact(Object value) {
        return value instanceof Double d ? new BigDecimal(d) : new BigDecimal(Numbers.whole(value));
    }

    /// Less than 0, 0 or more than 0.
    ///
    /// @param operator the one to name where the two have no order
    static int compare(Object a, Object b, String operator, Budget budget) {
        budget.steps(1);
        if (Types.isNumber(a) && Types.isNumber(b)) {
            return numbers(a, b);
        }
        if (a instanceof String x && b instanceof String y) {
            return compare(x, y);
        }
        if (a instanceof List<?> x
                && b instanceof List<?> y
                && !(a instanceof Range || b instanceof Range)
                && (x instanceof Tuple) == (y instanceof Tuple)) {
            budget.enter();
            int result = Integer.compare(x.size(), y.size());
            for (int i = 0; i < Math.min(x.size(), y.size()); i++) {
                if (!equal(x.get(i), y.get(i), budget)) {
                    result = compare(x.get(i), y.get(i), operator, budget);
                    break;
                }
            }
            budget.leave();
            return result;
        }
        if (a instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (b instanceof Undefined undefined) {
            throw undefined.failure();
        }
        throw TemplateFailure.of("'%s' not supported between instances of '%s' and '%s'"
                .formatted(operator, Types.name(a), Types.name(b)));
    }

    /// By code points, where Java compares UTF-16 units.
    private static int compare(String x, String y) {
        int at = 0;
        while (at < x.length() && at < y.length() && x.charAt(at) == y.charAt(at)) {
            at++;
        }
        if (at == x.length() || at == y.length()) {
            return Integer.compare(x.length(), y.length());
        }
        if (at > 0 && Character.isLowSurrogate(x.charAt(at)) && Character.isHighSurrogate(x.charAt(at - 1))) {
            at--;
        }
        return Integer.compare(x.codePointAt(at), y.codePointAt(at));
    }

    static boolean holds(String operator, Object a, Object b, Budget budget) {
        return switch (operator) {
            case "==" -> equal(a, b, budget);
            case "!=" -> !equal(a, b, budget);
            case "in" -> contains(b, a, budget);
            case "not in" -> !contains(b, a, budget);
            default -> !isNaN(a) && !isNaN(b) && ordered(operator, compare(a, b, operator, budget));
        };
    }

    private static boolean ordered(String operator, int order) {
        return switch (operator) {
            case "<" -> order < 0;
            case "<=" -> order <= 0;
            case ">" -> order > 0;
            default -> order >= 0;
        };
    }

    private static boolean contains(Object container, Object value, Budget budget) {
        return switch (container) {
            case String text
            when value instanceof String part -> {
                budget.steps(text.length() / 64);
                yield text.contains(part);
            }
            case String _ ->
                throw TemplateFailure.of(
                        "'in <string>' requires string as left operand, not %s".formatted(Types.name(value)));
            case Map<?, ?> map -> {
                Dicts.requireKey(value, budget);
                yield Dicts.find(map, value, budget).isPresent();
            }
            default -> {
                if (!Types.isIterable(container)) {
                    throw TemplateFailure.of("argument of type '%s' is not iterable".formatted(Types.name(container)));
                }
                Iterator<Object> items = Sequences.iterator(container, budget);
                while (items.hasNext()) {
                    if (equal(items.next(), value, budget)) {
                        yield true;
                    }
                }
                yield false;
            }
        };
    }

    /// `values` in order of their keys, those of equal keys as they were.
    static List<Object> sorted(List<Object> values, UnaryOperator<Object> key, boolean isReverse, Budget budget) {
        record Keyed(Object key, Object value) {}
        List<Keyed> all = new ArrayList<>(values.size());
        values.forEach(v -> all.add(new Keyed(key.apply(v), v)));
        Comparator<Keyed> order = (x, y) -> compare(x.key(), y.key(), "<", budget);
        try {
            all.sort(isReverse ? order.reversed() : order);
        } catch (IllegalArgumentException _) {
            // A list with a NaN has no order; Python leaves it in some order too.
            return List.copyOf(values);
        }
        List<Object> sorted = new ArrayList<>(all.size());
        all.forEach(k -> sorted.add(k.value()));
        return sorted;
    }
}
