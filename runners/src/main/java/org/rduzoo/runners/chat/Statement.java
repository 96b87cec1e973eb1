package org.rduzoo.runners.chat;

import java.util.List;
import java.util.Optional;

/// What a template does: text, output, and the blocks.
sealed interface Statement {

    int line();

    record Text(String text, int line) implements Statement {}

    record Output(Expression value, int line) implements Statement {}

    /// The first branch whose test holds; the last one may have none.
    record If(List<Branch> branches, int line) implements Statement {}

    record Branch(Optional<Expression> test, List<Statement> body) {}

    record For(
            Target target,
            Expression values,
            Optional<Expression> test,
            boolean isRecursive,
            List<Statement> body,
            List<Statement> otherwise,
            int line)
            implements Statement {}

    record Set(Target target, Expression value, int line) implements Statement {}

    /// `{% set x | filter %}…{% endset %}`.
    record SetBlock(Target target, List<Expression.Filter> filters, List<Statement> body, int line)
            implements Statement {}

    record MacroDefinition(Signature signature, int line) implements Statement {}

    record CallBlock(Expression.Call call, Signature caller, int line) implements Statement {}

    record FilterBlock(List<Expression.Filter> filters, List<Statement> body, int line) implements Statement {}

    record With(List<Target> targets, List<Expression> values, List<Statement> body, int line) implements Statement {}

    /// `{% generation %}`, which marks what the model wrote: a scope of its own.
    record Generation(List<Statement> body, int line) implements Statement {}

    record Break(int line) implements Statement {}

    record Continue(int line) implements Statement {}

    /// Where a value goes.
    sealed interface Target {

        record Variable(String name) implements Target {}

        record Attribute(String namespace, String name) implements Target {}

        record Several(List<Target> targets) implements Target {}
    }

    /// A macro.
    ///
    /// @param defaults those of the last parameters
    /// @param takesMore whether it reads `varargs`
    /// @param takesMoreNamed whether it reads `kwargs`
    record Signature(
            String name,
            List<String> parameters,
            List<Expression> defaults,
            boolean takesMore,
            boolean takesMoreNamed,
            List<Statement> body) {}
}
