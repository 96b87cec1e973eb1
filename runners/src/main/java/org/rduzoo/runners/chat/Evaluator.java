package org.rduzoo.runners.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What an expression is worth in a scope.
final class Evaluator {

    private final Budget budget;
    private final Attributes attributes;
    private final Tests tests;

    Evaluator(Budget budget) {
        this.budget = budget;
        this.attributes = new Attributes(this);
        this.tests = new Tests(budget);
    }

    Budget budget() {
        return budget;
    }

    Attributes attributes() {
        return attributes;
    }

    Tests tests() {
        return tests;
    }

    Object evaluate(Expression expression, Scope scope) {
        budget.enter();
        budget.steps(1);
        try {
            return value(expression, scope);
        } catch (TemplateFailure failure) {
            throw failure.at(expression.line());
        } finally {
            budget.leave();
        }
    }

    private Object value(Expression expression, Scope scope) {
        return switch (expression) {
            case Expression.Constant(Object value, var _) -> value;
            case Expression.Rendered(String text, var _) -> text;
            case Expression.Name(String name, var _) -> scope.get(name);
            case Expression.ListOf(var items, var _) -> all(items, scope);
            case Expression.TupleOf(var items, var _) -> new Tuple(all(items, scope));
            case Expression.DictOf dict -> dict(dict, scope);
            case Expression.Attribute(var object, String name, var _) ->
                attributes.attribute(evaluate(object, scope), name);
            case Expression.Item(var object, var key, var _) ->
                attributes.item(evaluate(object, scope), evaluate(key, scope));
            case Expression.Slice(var start, var stop, var step, var _) ->
                new Sequences.Bounds(orNone(start, scope), orNone(stop, scope), orNone(step, scope));
            case Expression.Call(var callee, var given, var _) -> {
                Object function = evaluate(callee, scope);
                yield call(function, arguments(given, scope));
            }
            case Expression.Filter(var value, String name, var given, var _) -> {
                Object filtered = evaluate(value, scope);
                yield Filters.apply(name, filtered, arguments(given, scope), this);
            }
            case Expression.Test(var value, String name, var given, var _) -> {
                Object tested = evaluate(value, scope);
                yield tests.holds(name, tested, arguments(given, scope));
            }
            case Expression.Not(var value, var _) -> !Types.isTrue(evaluate(value, scope));
            case Expression.Both(boolean isAnd, var left, var right, var _) -> {
                Object first = evaluate(left, scope);
                yield Types.isTrue(first) == isAnd ? evaluate(right, scope) : first;
            }
            case Expression.Sign(boolean isMinus, var value, var _) -> signed(isMinus, evaluate(value, scope));
            case Expression.Arithmetic(String operator, var left, var right, var _) -> {
                Object first = evaluate(left, scope);
                yield arithmetic(operator, first, evaluate(right, scope));
            }
            case Expression.Concat(var parts, var _) -> concat(parts, scope);
            case Expression.Comparison comparison -> compared(comparison, scope);
            case Expression.Conditional(var test, var then, var otherwise, var _) -> {
                if (Types.isTrue(evaluate(test, scope))) {
                    yield evaluate(then, scope);
                }
                yield otherwise
                        .map(e -> evaluate(e, scope))
                        .orElseGet(() -> new Undefined("the inline if-expression on line " + expression.line()
                                + " evaluated to false and no else section was defined."));
            }
        };
    }

    private List<Object> all(List<Expression> items, Scope scope) {
        List<Object> values = new ArrayList<>(items.size());
        items.forEach(item -> values.add(evaluate(item, scope)));
        return values;
    }

    private Object orNone(Optional<Expression> expression, Scope scope) {
        return expression.map(e -> evaluate(e, scope)).orElse(None.NONE);
    }

    private Object dict(Expression.DictOf dict, Scope scope) {
        Map<Object, Object> result = new LinkedHashMap<>();
        for (int i = 0; i < dict.keys().size(); i++) {
            Dicts.put(
                    result,
                    evaluate(dict.keys().get(i), scope),
                    evaluate(dict.values().get(i), scope),
                    budget);
        }
        return result;
    }

    Arguments arguments(Expression.Given given, Scope scope) {
        List<Object> positional = all(given.positional(), scope);
        given.list().ifPresent(list -> positional.addAll(Sequences.list(evaluate(list, scope), budget)));
        Map<String, Object> named = new LinkedHashMap<>();
        given.named().forEach((name, value) -> named.put(name, evaluate(value, scope)));
        if (given.dict().isPresent()) {
            Object more = evaluate(given.dict().get(), scope);
            if (!(more instanceof Map<?, ?> map)) {
                throw TemplateFailure.of("argument after ** must be a mapping, not %s".formatted(Types.name(more)));
            }
            map.forEach((key, value) -> named.put(Text.of(key, budget), value));
        }
        return new Arguments(positional, named);
    }

    Object call(Object callee, Arguments arguments) {
        return switch (callee) {
            case Function function -> function.call(arguments);
            case Loop loop -> loop.call(arguments);
            case Undefined undefined -> throw undefined.failure();
            default -> throw TemplateFailure.of("'%s' object is not callable".formatted(Types.name(callee)));
        };
    }

    private Object signed(boolean isMinus, Object value) {
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (!Types.isNumber(value)) {
            throw TemplateFailure.of(
                    "bad operand type for unary %s: '%s'".formatted(isMinus ? "-" : "+", Types.name(value)));
        }
        return isMinus ? Numbers.negated(value) : value instanceof Boolean ? Numbers.of(Numbers.whole(value)) : value;
    }

    private String concat(List<Expression> parts, Scope scope) {
        StringBuilder result = new StringBuilder();
        for (Expression part : parts) {
            String text = Text.of(evaluate(part, scope), budget);
            budget.characters(text.length());
            result.append(text);
        }
        return result.toString();
    }

    private boolean compared(Expression.Comparison comparison, Scope scope) {
        Object left = evaluate(comparison.first(), scope);
        for (int i = 0; i < comparison.operators().size(); i++) {
            Object right = evaluate(comparison.others().get(i), scope);
            if (!Order.holds(comparison.operators().get(i), left, right, budget)) {
                return false;
            }
            left = right;
        }
        return true;
    }

    /// `left operator right` on numbers, texts and lists.
    Object arithmetic(String operator, Object left, Object right) {
        if (operator.equals("%") && left instanceof String format) {
            return Formats.percent(format, right, budget);
        }
        if (left instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (right instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (Types.isNumber(left) && Types.isNumber(right)) {
            return Numbers.arithmetic(operator, left, right);
        }
        if (operator.equals("+")) {
            return sum(left, right);
        }
        if (operator.equals("*") && isRepeatable(left) && Types.isInteger(right)) {
            return repeated(left, Numbers.index(right));
        }
        if (operator.equals("*") && isRepeatable(right) && Types.isInteger(left)) {
            return repeated(right, Numbers.index(left));
        }
        if (operator.equals("*") && (isRepeatable(left) || isRepeatable(right))) {
            throw TemplateFailure.of("can't multiply sequence by non-int of type '%s'"
                    .formatted(Types.name(isRepeatable(left) ? right : left)));
        }
        throw unsupported(operator, left, right);
    }

    private static TemplateFailure unsupported(String operator, Object left, Object right) {
        return TemplateFailure.of("unsupported operand type(s) for %s: '%s' and '%s'"
                .formatted(operator.equals("**") ? "** or pow()" : operator, Types.name(left), Types.name(right)));
    }

    private Object sum(Object left, Object right) {
        if (left instanceof String a && right instanceof String b) {
            budget.characters((long) a.length() + b.length());
            return a.concat(b);
        }
        if (left instanceof List<?> a
                && right instanceof List<?> b
                && !(a instanceof Range)
                && Types.name(a).equals(Types.name(b))) {
            budget.steps((long) a.size() + b.size());
            List<Object> both = new ArrayList<>(a);
            both.addAll(b);
            return left instanceof Tuple ? new Tuple(both) : both;
        }
        if (isRepeatable(left)) {
            throw TemplateFailure.of(
                    "can only concatenate %s (not \"%s\") to %1$s".formatted(Types.name(left), Types.name(right)));
        }
        throw unsupported("+", left, right);
    }

    private static boolean isRepeatable(Object value) {
        return value instanceof String || (value instanceof List<?> && !(value instanceof Range));
    }

    private Object repeated(Object value, int times) {
        int count = Math.max(0, times);
        if (value instanceof String text) {
            budget.characters((long) text.length() * count);
            return text.repeat(count);
        }
        List<?> list = (List<?>) value;
        budget.steps((long) list.size() * count);
        List<Object> result = new ArrayList<>();
        for (int i = 0; i < count && !list.isEmpty(); i++) {
            result.addAll(list);
        }
        return value instanceof Tuple ? new Tuple(result) : result;
    }
}
