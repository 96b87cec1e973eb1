package org.rduzoo.runners.chat;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What stands between `{{` and `}}`, and within blocks.
sealed interface Expression {

    /// Where it stands in the template, from 1.
    int line();

    record Constant(Object value, int line) implements Expression {}

    record Name(String name, int line) implements Expression {}

    record ListOf(List<Expression> items, int line) implements Expression {}

    record TupleOf(List<Expression> items, int line) implements Expression {}

    record DictOf(List<Expression> keys, List<Expression> values, int line) implements Expression {}

    record Attribute(Expression object, String name, int line) implements Expression {}

    record Item(Expression object, Expression key, int line) implements Expression {}

    /// `start:stop:step` within brackets.
    record Slice(Optional<Expression> start, Optional<Expression> stop, Optional<Expression> step, int line)
            implements Expression {}

    record Call(Expression callee, Given given, int line) implements Expression {}

    record Filter(Expression value, String name, Given given, int line) implements Expression {}

    record Test(Expression value, String name, Given given, int line) implements Expression {}

    record Not(Expression value, int line) implements Expression {}

    /// `and` or `or`.
    record Both(boolean isAnd, Expression left, Expression right, int line) implements Expression {}

    record Sign(boolean isMinus, Expression value, int line) implements Expression {}

    record Arithmetic(String operator, Expression left, Expression right, int line) implements Expression {}

    /// Values joined by `~`.
    record Concat(List<Expression> parts, int line) implements Expression {}

    /// `a < b <= c`: each operator with the operand on its right.
    record Comparison(Expression first, List<String> operators, List<Expression> others, int line)
            implements Expression {}

    record Conditional(Expression test, Expression then, Optional<Expression> otherwise, int line)
            implements Expression {}

    /// The text that a block rendered, as the value of a filter.
    record Rendered(String text, int line) implements Expression {}

    /// The arguments of a call as written: by place, by name, and with `*` and `**`.
    record Given(
            List<Expression> positional,
            Map<String, Expression> named,
            Optional<Expression> list,
            Optional<Expression> dict) {

        static final Given NOTHING = new Given(List.of(), Map.of(), Optional.empty(), Optional.empty());
    }
}
