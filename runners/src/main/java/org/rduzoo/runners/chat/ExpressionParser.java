package org.rduzoo.runners.chat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// Reads expressions, by Jinja's order of precedence: `if else`, `or`, `and`, `not`, comparisons, `+ -`, `~`,
/// `* / // %`, `**` (which Jinja groups from the left), signs, then filters and tests.
final class ExpressionParser {

    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
    private static final Set<String> PRODUCTS = Set.of("*", "/", "//", "%");

    private final Tokens tokens;

    ExpressionParser(Tokens tokens) {
        this.tokens = tokens;
    }

    Expression expression() {
        tokens.enter();
        int line = line();
        Expression value = or();
        while (tokens.skipName("if")) {
            Expression test = or();
            Optional<Expression> otherwise = tokens.skipName("else") ? Optional.of(expression()) : Optional.empty();
            value = new Expression.Conditional(test, value, otherwise, line);
        }
        tokens.leave();
        return value;
    }

    /// One expression, or several with commas between, which are a tuple.
    Expression tuple(boolean mayBeConditional, BooleanSupplier isEnd) {
        int line = line();
        List<Expression> items = new ArrayList<>();
        while (!isEnd.getAsBoolean() && !atTupleEnd()) {
            items.add(mayBeConditional ? expression() : or());
            if (!tokens.skipOperator(",")) {
                if (items.size() == 1) {
                    return items.getFirst();
                }
                break;
            }
        }
        if (items.isEmpty()) {
            throw tokens.failure("Expected an expression, got " + tokens.peek().described());
        }
        return new Expression.TupleOf(items, line);
    }

    private boolean atTupleEnd() {
        Token token = tokens.peek();
        return token.is(Token.Kind.VARIABLE_END) || token.is(Token.Kind.BLOCK_END) || token.isOperator(")");
    }

    Expression or() {
        int line = line();
        Expression left = and();
        for (int n = 0; tokens.skipName("or"); n++) {
            left = chained(n, new Expression.Both(false, left, and(), line));
        }
        return left;
    }

    private Expression and() {
        int line = line();
        Expression left = not();
        for (int n = 0; tokens.skipName("and"); n++) {
            left = chained(n, new Expression.Both(true, left, not(), line));
        }
        return left;
    }

    private Expression not() {
        int line = line();
        if (!tokens.skipName("not")) {
            return comparison();
        }
        return nested(() -> new Expression.Not(not(), line));
    }

    private Expression comparison() {
        int line = line();
        Expression first = sum();
        List<String> operators = new ArrayList<>();
        List<Expression> others = new ArrayList<>();
        while (true) {
            Token token = tokens.peek();
            if (token.is(Token.Kind.OPERATOR) && COMPARISONS.contains(token.text())) {
                operators.add(tokens.next().text());
            } else if (tokens.skipName("in")) {
                operators.add("in");
            } else if (token.isName("not") && tokens.peekSecond().isName("in")) {
                tokens.next();
                tokens.next();
                operators.add("not in");
            } else {
                return operators.isEmpty() ? first : new Expression.Comparison(first, operators, others, line);
            }
            others.add(sum());
        }
    }

    private Expression sum() {
        return leftToRight(Set.of("+", "-"), this::concat);
    }

    private Expression concat() {
        int line = line();
        List<Expression> parts = new ArrayList<>(List.of(product()));
        while (tokens.skipOperator("~")) {
            parts.add(product());
        }
        return parts.size() == 1 ? parts.getFirst() : new Expression.Concat(parts, line);
    }

    private Expression product() {
        return leftToRight(PRODUCTS, () -> leftToRight(Set.of("**"), () -> signed(true)));
    }

    private Expression leftToRight(Set<String> operators, Supplier<Expression> operand) {
        int line = line();
        Expression left = operand.get();
        for (int n = 0;
                tokens.peek().is(Token.Kind.OPERATOR)
                        && operators.contains(tokens.peek().text());
                n++) {
            String operator = tokens.next().text();
            left = chained(n, new Expression.Arithmetic(operator, left, operand.get(), line));
        }
        return left;
    }

    private Expression signed(boolean withFilters) {
        int line = line();
        Expression value;
        if (tokens.peek().isOperator("-") || tokens.peek().isOperator("+")) {
            boolean isMinus = tokens.next().text().equals("-");
            value = nested(() -> new Expression.Sign(isMinus, signed(false), line));
        } else {
            value = primary();
        }
        value = postfix(value);
        return withFilters ? filters(value) : value;
    }

    Expression primary() {
        Token token = tokens.next();
        int line = token.line();
        return switch (token.kind()) {
            case NAME ->
                switch (token.text()) {
                    case "true", "True" -> new Expression.Constant(true, line);
                    case "false", "False" -> new Expression.Constant(false, line);
                    case "none", "None" -> new Expression.Constant(None.NONE, line);
                    default -> new Expression.Name(token.text(), line);
                };
            case STRING -> {
                StringBuilder text = new StringBuilder(token.text());
                while (tokens.peek().is(Token.Kind.STRING)) {
                    text.append(tokens.next().text());
                }
                yield new Expression.Constant(text.toString(), line);
            }
            case INTEGER -> new Expression.Constant(integer(token), line);
            case FLOAT -> new Expression.Constant(Double.parseDouble(token.text()), line);
            case OPERATOR -> bracketed(token);
            case DATA, VARIABLE_BEGIN, VARIABLE_END, BLOCK_BEGIN, BLOCK_END, END ->
                throw TemplateFailure.of("unexpected " + token.described()).at(line);
        };
    }

    private static Object integer(Token token) {
        String digits = token.text();
        int base = digits.length() < 2
                ? 10
                : switch (Character.toLowerCase(digits.charAt(1))) {
                    case 'x' -> 16;
                    case 'o' -> 8;
                    case 'b' -> 2;
                    default -> 10;
                };
        try {
            String plain = base == 10 ? digits : digits.substring(2);
            if (plain.length() > Numbers.MOST_DIGITS) {
                throw TemplateFailure.of("a number has more than " + Numbers.MOST_DIGITS + " digits")
                        .at(token.line());
            }
            return Numbers.of(new BigInteger(plain, base));
        } catch (NumberFormatException _) {
            throw TemplateFailure.of("'%s' is not a number".formatted(digits)).at(token.line());
        }
    }

    private Expression bracketed(Token open) {
        int line = open.line();
        return switch (open.text()) {
            case "(" ->
                nested(() -> {
                    Expression value = tokens.peek().isOperator(")")
                            ? new Expression.TupleOf(List.of(), line)
                            : tuple(true, () -> false);
                    tokens.expectOperator(")");
                    return value;
                });
            case "[" -> {
                List<Expression> items = new ArrayList<>();
                while (!tokens.skipOperator("]")) {
                    items.add(expression());
                    separator("]");
                }
                yield new Expression.ListOf(items, line);
            }
            case "{" -> {
                List<Expression> keys = new ArrayList<>();
                List<Expression> values = new ArrayList<>();
                while (!tokens.skipOperator("}")) {
                    keys.add(expression());
                    tokens.expectOperator(":");
                    values.add(expression());
                    separator("}");
                }
                yield new Expression.DictOf(keys, values, line);
            }
            default ->
                throw TemplateFailure.of("unexpected " + open.described()).at(line);
        };
    }

    /// A comma, unless the closing bracket follows.
    private void separator(String end) {
        if (!tokens.peek().isOperator(end)) {
            tokens.expectOperator(",");
        }
    }

    Expression postfix(Expression value) {
        Expression result = value;
        for (int n = 0; ; n++) {
            int line = line();
            if (tokens.skipOperator(".")) {
                Token name = tokens.next();
                result = switch (name.kind()) {
                    case NAME -> new Expression.Attribute(result, name.text(), line);
                    case INTEGER -> new Expression.Item(result, new Expression.Constant(integer(name), line), line);
                    default ->
                        throw TemplateFailure.of("expected name or number").at(line);
                };
            } else if (tokens.skipOperator("[")) {
                result = new Expression.Item(result, subscript(line), line);
            } else if (tokens.peek().isOperator("(")) {
                result = new Expression.Call(result, given(), line);
            } else {
                return result;
            }
            chained(n, result);
        }
    }

    private Expression subscript(int line) {
        List<Expression> keys = new ArrayList<>();
        while (!tokens.skipOperator("]")) {
            keys.add(sliceOrKey());
            separator("]");
        }
        return keys.size() == 1 ? keys.getFirst() : new Expression.TupleOf(keys, line);
    }

    private Expression sliceOrKey() {
        int line = line();
        Optional<Expression> start = Optional.empty();
        if (!tokens.peek().isOperator(":")) {
            Expression key = expression();
            if (!tokens.peek().isOperator(":")) {
                return key;
            }
            start = Optional.of(key);
        }
        tokens.expectOperator(":");
        Optional<Expression> stop = bound();
        Optional<Expression> step = tokens.skipOperator(":") ? bound() : Optional.empty();
        return new Expression.Slice(start, stop, step, line);
    }

    private Optional<Expression> bound() {
        Token token = tokens.peek();
        return token.isOperator(":") || token.isOperator("]") || token.isOperator(",")
                ? Optional.empty()
                : Optional.of(expression());
    }

    private Expression filters(Expression value) {
        Expression result = value;
        for (int n = 0; ; n++) {
            if (tokens.skipOperator("|")) {
                result = filter(result);
            } else if (tokens.skipName("is")) {
                result = test(result);
            } else if (tokens.peek().isOperator("(")) {
                int line = line();
                result = new Expression.Call(result, given(), line);
            } else {
                return result;
            }
            chained(n, result);
        }
    }

    /// A filter's name and arguments, after the `|`.
    Expression.Filter filter(Expression value) {
        int line = line();
        String name = dotted();
        Expression.Given given = tokens.peek().isOperator("(") ? given() : Expression.Given.NOTHING;
        return new Expression.Filter(value, name, given, line);
    }

    private Expression test(Expression value) {
        int line = line();
        boolean isNegated = tokens.skipName("not");
        String name = dotted();
        Token next = tokens.peek();
        Expression.Given given = Expression.Given.NOTHING;
        if (next.isOperator("(")) {
            given = given();
        } else if (startsOperand(next)) {
            if (next.isName("is")) {
                throw tokens.failure("You cannot chain multiple tests with is");
            }
            Expression operand = postfix(primary());
            given = new Expression.Given(List.of(operand), Map.of(), Optional.empty(), Optional.empty());
        }
        Expression test = new Expression.Test(value, name, given, line);
        return isNegated ? new Expression.Not(test, line) : test;
    }

    private static boolean startsOperand(Token token) {
        return switch (token.kind()) {
            case NAME -> !Set.of("else", "or", "and").contains(token.text());
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> token.text().equals("[") || token.text().equals("{");
            case DATA, VARIABLE_BEGIN, VARIABLE_END, BLOCK_BEGIN, BLOCK_END, END -> false;
        };
    }

    private String dotted() {
        StringBuilder name =
                new StringBuilder(tokens.expect(Token.Kind.NAME, "a name").text());
        while (tokens.skipOperator(".")) {
            name.append('.').append(tokens.expect(Token.Kind.NAME, "a name").text());
        }
        return name.toString();
    }

    /// The arguments in brackets.
    Expression.Given given() {
        tokens.expectOperator("(");
        List<Expression> positional = new ArrayList<>();
        Map<String, Expression> named = new LinkedHashMap<>();
        Optional<Expression> list = Optional.empty();
        Optional<Expression> dict = Optional.empty();
        while (!tokens.skipOperator(")")) {
            if (tokens.skipOperator("*")) {
                list = Optional.of(expression());
            } else if (tokens.skipOperator("**")) {
                dict = Optional.of(expression());
            } else if (tokens.peek().is(Token.Kind.NAME) && tokens.peekSecond().isOperator("=")) {
                String name = tokens.next().text();
                tokens.next();
                named.put(name, expression());
            } else if (named.isEmpty() && list.isEmpty() && dict.isEmpty()) {
                positional.add(expression());
            } else {
                throw tokens.failure("invalid syntax for function call expression");
            }
            separator(")");
        }
        return new Expression.Given(positional, named, list, dict);
    }

    private Expression nested(Supplier<Expression> inner) {
        tokens.enter();
        Expression value = inner.get();
        tokens.leave();
        return value;
    }

    /// `value`, after `n` more of its kind on its left: a long chain nests as deep as brackets do.
    private Expression chained(int n, Expression value) {
        if (n >= Budget.MOST_NESTED / 2) {
            throw tokens.failure("more than " + Budget.MOST_NESTED / 2 + " operators in a row");
        }
        return value;
    }

    private int line() {
        return tokens.peek().line();
    }
}
