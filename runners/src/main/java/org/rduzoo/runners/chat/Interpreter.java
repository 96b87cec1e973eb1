package org.rduzoo.runners.chat;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Walks a template's statements and writes what they give.
final class Interpreter {

    /// What comes after a statement.
    private enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    private final Budget budget;
    private final Evaluator evaluator;

    Interpreter(Budget budget) {
        this.budget = budget;
        this.evaluator = new Evaluator(budget);
    }

    /// The text of `body` in a scope of its own.
    String rendered(List<Statement> body, Scope scope) {
        StringBuilder out = new StringBuilder();
        run(body, scope, out);
        return out.toString();
    }

    private Flow run(List<Statement> body, Scope scope, StringBuilder out) {
        for (Statement statement : body) {
            Flow flow = runOne(statement, scope, out);
            if (flow != Flow.NEXT) {
                return flow;
            }
        }
        return Flow.NEXT;
    }

    private Flow runOne(Statement statement, Scope scope, StringBuilder out) {
        budget.enter();
        budget.steps(1);
        try {
            return flow(statement, scope, out);
        } catch (TemplateFailure failure) {
            throw failure.at(statement.line());
        } finally {
            budget.leave();
        }
    }

    private Flow flow(Statement statement, Scope scope, StringBuilder out) {
        switch (statement) {
            case Statement.Text(String text, var _) -> write(text, out);
            case Statement.Output(var value, var _) -> write(Text.of(evaluator.evaluate(value, scope), budget), out);
            case Statement.If(var branches, var _) -> {
                return branch(branches, scope, out);
            }
            case Statement.For loop -> loop(loop, evaluator.evaluate(loop.values(), scope), 1, scope, out);
            case Statement.Set(var target, var value, var _) -> assign(target, evaluator.evaluate(value, scope), scope);
            case Statement.SetBlock(var target, var filters, var body, var _) ->
                assign(target, filtered(filters, rendered(body, scope.inner()), scope), scope);
            case Statement.MacroDefinition(var signature, var _) ->
                scope.set(signature.name(), macro(signature, scope));
            case Statement.CallBlock(var call, var caller, var _) -> {
                Object callee = evaluator.evaluate(call.callee(), scope);
                Arguments arguments = evaluator.arguments(call.given(), scope);
                Map<String, Object> named = new LinkedHashMap<>(arguments.named());
                named.put("caller", macro(caller, scope));
                write(Text.of(evaluator.call(callee, new Arguments(arguments.positional(), named)), budget), out);
            }
            case Statement.FilterBlock(var filters, var body, var _) ->
                write(Text.of(filtered(filters, rendered(body, scope.inner()), scope), budget), out);
            case Statement.With with -> {
                Scope inner = scope.inner();
                for (int i = 0; i < with.targets().size(); i++) {
                    assign(
                            with.targets().get(i),
                            evaluator.evaluate(with.values().get(i), scope),
                            inner);
                }
                return run(with.body(), inner, out);
            }
            case Statement.Generation(var body, var _) -> {
                return run(body, scope.inner(), out);
            }
            case Statement.Break _ -> {
                return Flow.BREAK;
            }
            case Statement.Continue _ -> {
                return Flow.CONTINUE;
            }
        }
        return Flow.NEXT;
    }

    private void write(String text, StringBuilder out) {
        budget.characters(text.length());
        out.append(text);
    }

    private Flow branch(List<Statement.Branch> branches, Scope scope, StringBuilder out) {
        for (Statement.Branch branch : branches) {
            if (branch.test().isEmpty()
                    || Types.isTrue(evaluator.evaluate(branch.test().get(), scope))) {
                return run(branch.body(), scope, out);
            }
        }
        return Flow.NEXT;
    }

    private Object filtered(List<Expression.Filter> filters, String text, Scope scope) {
        Object value = text;
        for (Expression.Filter filter : filters) {
            value = Filters.apply(filter.name(), value, evaluator.arguments(filter.given(), scope), evaluator);
        }
        return value;
    }

    /// What is set in a loop's body is gone with each round.
    private void loop(Statement.For statement, Object values, int depth, Scope scope, StringBuilder out) {
        Iterator<Object> items = Sequences.iterator(values, budget);
        boolean isCounted = statement.test().isEmpty() && !(values instanceof Generator || values instanceof Loop);
        if (statement.test().isPresent()) {
            Expression test = statement.test().get();
            items = ListFilters.chosen(items, item -> {
                Scope inner = scope.inner();
                assign(statement.target(), item, inner);
                return Types.isTrue(evaluator.evaluate(test, inner));
            });
        }
        Optional<Function> recursion = statement.isRecursive()
                ? Optional.of(new Function("loop", arguments -> {
                    StringBuilder inner = new StringBuilder();
                    loop(statement, arguments.get(0, "iterable"), depth + 1, scope, inner);
                    return inner.toString();
                }))
                : Optional.empty();
        Loop loop = new Loop(items, isCounted ? Sequences.length(values) : -1, depth, recursion);
        boolean isEmpty = true;
        while (loop.hasNext()) {
            isEmpty = false;
            Scope inner = scope.inner();
            inner.set("loop", loop);
            assign(statement.target(), loop.next(), inner);
            if (run(statement.body(), inner, out) == Flow.BREAK) {
                break;
            }
        }
        if (isEmpty) {
            run(statement.otherwise(), scope.inner(), out);
        }
    }

    private void assign(Statement.Target target, Object value, Scope scope) {
        switch (target) {
            case Statement.Target.Variable(String name) -> scope.set(name, value);
            case Statement.Target.Attribute(String namespace, String name) -> {
                if (!(scope.get(namespace) instanceof Namespace object)) {
                    throw TemplateFailure.of("cannot assign attribute on non-namespace object");
                }
                object.set(name, value);
            }
            case Statement.Target.Several(var targets) -> {
                if (!Types.isIterable(value) || value instanceof Undefined) {
                    throw value instanceof Undefined undefined
                            ? undefined.failure()
                            : TemplateFailure.of("cannot unpack non-iterable %s object".formatted(Types.name(value)));
                }
                List<Object> values = Sequences.list(value, budget);
                if (values.size() != targets.size()) {
                    throw values.size() > targets.size()
                            ? TemplateFailure.of("too many values to unpack (expected %d)".formatted(targets.size()))
                            : TemplateFailure.of("not enough values to unpack (expected %d, got %d)"
                                    .formatted(targets.size(), values.size()));
                }
                for (int i = 0; i < targets.size(); i++) {
                    assign(targets.get(i), values.get(i), scope);
                }
            }
        }
    }

    /// A macro sees the variables of where it was written, as they are when it is called.
    private Function macro(Statement.Signature signature, Scope written) {
        return new Function(signature.name(), arguments -> {
            Scope scope = written.inner();
            bind(signature, arguments, scope);
            return rendered(signature.body(), scope);
        });
    }

    private void bind(Statement.Signature signature, Arguments arguments, Scope scope) {
        List<String> parameters = signature.parameters();
        Map<String, Object> named = new LinkedHashMap<>(arguments.named());
        int given = arguments.positional().size();
        int firstDefault = parameters.size() - signature.defaults().size();
        for (int i = 0; i < parameters.size(); i++) {
            String name = parameters.get(i);
            Object value = named.remove(name);
            if (i < given) {
                if (value != null) {
                    throw TemplateFailure.of(
                            "macro '%s' got multiple values for argument '%s'".formatted(signature.name(), name));
                }
                value = arguments.positional().get(i);
            } else if (value == null) {
                value = i >= firstDefault
                        ? evaluator.evaluate(signature.defaults().get(i - firstDefault), scope)
                        : new Undefined("parameter '" + name + "' was not provided");
            }
            scope.set(name, value);
        }
        if (!parameters.contains("caller")) {
            Object caller = named.remove("caller");
            scope.set("caller", caller == null ? new Undefined("No caller defined") : caller);
        }
        if (signature.takesMoreNamed()) {
            scope.set("kwargs", new LinkedHashMap<Object, Object>(named));
        } else if (!named.isEmpty()) {
            throw TemplateFailure.of("macro '%s' takes no keyword argument '%s'"
                    .formatted(signature.name(), named.keySet().iterator().next()));
        }
        List<Object> more = given > parameters.size()
                ? new ArrayList<>(arguments.positional().subList(parameters.size(), given))
                : List.of();
        if (signature.takesMore()) {
            scope.set("varargs", new Tuple(more));
        } else if (!more.isEmpty()) {
            throw TemplateFailure.of(
                    "macro '%s' takes not more than %d argument(s)".formatted(signature.name(), parameters.size()));
        }
    }
}
