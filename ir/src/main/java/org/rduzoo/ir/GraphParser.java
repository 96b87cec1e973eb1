package org.rduzoo.ir;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads the text form that [GraphText] describes, by one method a rule.
final class GraphParser {

    private final GraphScanner in;
    private final List<Value> values = new ArrayList<>();

    GraphParser(String text) {
        this.in = new GraphScanner(text);
    }

    Graph parse() {
        keyword("graph");
        GraphBuilder builder = new GraphBuilder(in.string());
        in.expect('{');
        // 0: inputs may follow, 1: nodes, 2: outputs alone
        int stage = 0;
        while (!in.eat('}')) {
            int start = in.position();
            String word = in.word("an input, a node, an output or '}'");
            if (word.equals("output")) {
                stage = 2;
                output(builder);
            } else if (Ops.constant(Graph.Kind.class, word) instanceof Graph.Kind kind && stage == 0) {
                input(builder, kind);
            } else if (Ops.constant(SectionType.class, word) instanceof SectionType section && stage <= 1) {
                stage = 1;
                node(builder, section);
            } else {
                throw in.errorAt(start, "inputs, then nodes, then outputs, then '}'");
            }
        }
        if (!in.atEnd()) {
            throw in.error("the end of the text");
        }
        return builder.build();
    }

    private void input(GraphBuilder builder, Graph.Kind kind) {
        definition(values.size());
        int start = in.position();
        String name = in.string();
        in.expect(':');
        Type type = AttributeText.parseType(in);
        String path = in.eat('@') ? in.string() : kind.defaultPath(name);
        try {
            values.add(builder.input(name, kind, type, path));
        } catch (IllegalArgumentException e) {
            throw in.error(start, "a name of its own for each input", e.getMessage(), e);
        }
    }

    private void output(GraphBuilder builder) {
        int start = in.position();
        String name = in.string();
        in.expect('=');
        Value value = value();
        Optional<String> alias = Optional.empty();
        if (in.lookingAt("replaces")) {
            keyword("replaces");
            alias = Optional.of(in.string());
        }
        try {
            builder.output(name, value, alias);
        } catch (IllegalArgumentException e) {
            throw in.error(start, "a name of its own for each output", e.getMessage(), e);
        }
    }

    private void node(GraphBuilder builder, SectionType section) {
        int results = 0;
        do {
            definition(values.size() + results++);
        } while (in.eat(','));
        in.expect('=');
        int start = in.position();
        Made made = operation();
        in.expect(':');
        int typesStart = in.position();
        List<Type> types = new ArrayList<>();
        do {
            types.add(AttributeText.parseType(in));
        } while (in.eat(','));
        String path = in.eat('@') ? in.string() : "";
        List<Value> defined;
        try {
            defined = builder.add(made.op, made.components, made.op.infer(), path, section);
        } catch (IllTyped | IllegalArgumentException e) {
            throw in.error(start, "a well typed operation", e.getMessage(), e);
        }
        if (results != types.size() || !areOf(types, defined)) {
            List<Type> inferred = defined.stream().map(Value::type).toList();
            throw in.error(
                    typesStart,
                    "%d results of %s".formatted(inferred.size(), inferred),
                    "%d results of %s".formatted(results, types));
        }
        values.addAll(defined);
    }

    /// An operation and its components.
    private record Made(Op op, Object[] components) {}

    private static boolean areOf(List<Type> types, List<Value> values) {
        if (types.size() != values.size()) {
            return false;
        }
        for (int i = 0; i < types.size(); i++) {
            if (!values.get(i).type().equals(types.get(i))) {
                return false;
            }
        }
        return true;
    }

    private Made operation() {
        int start = in.position();
        String name = in.word("an operation");
        Ops.Named named = Ops.named(name);
        if (named == null) {
            throw in.errorAt(start, "an operation");
        }
        Ops.Form form = named.form();
        @Nullable Object[] components = new @Nullable Object[form.size()];
        operands(form, components);
        attributes(form, components);
        try {
            return new Made(named.create(components), components);
        } catch (IllegalArgumentException e) {
            throw in.error(start, "attributes that go together", e.getMessage(), e);
        }
    }

    private void operands(Ops.Form form, @Nullable Object[] components) {
        in.expect('(');
        boolean more = !in.eat(')');
        for (int i = 0; i < components.length; i++) {
            if (!form.isOperand(i)) {
                continue;
            }
            if (form.isOptional(i)) {
                boolean there = more && in.lookingAt(form.name(i));
                if (there) {
                    keyword(form.name(i));
                    in.expect('=');
                }
                components[i] = there ? Optional.of(value()) : Optional.empty();
                if (!there) {
                    continue;
                }
            } else if (!more) {
                throw in.error("operand " + form.name(i) + " before it");
            } else {
                components[i] = form.isList(i) ? values() : value();
            }
            more = in.eat(',');
            if (!more) {
                in.expect(')');
            }
        }
        if (more) {
            throw in.error("')'");
        }
    }

    private void attributes(Ops.Form form, @Nullable Object[] components) {
        boolean more = in.eat('{');
        for (int i = 0; i < components.length; i++) {
            if (!form.isAttribute(i)) {
                continue;
            }
            if (more && in.lookingAt(form.name(i))) {
                keyword(form.name(i));
                in.expect('=');
                components[i] = AttributeText.parse(form.type(i), in);
                more = in.eat(',');
                if (!more) {
                    in.expect('}');
                }
            } else if (form.isOptional(i)) {
                components[i] = Optional.empty();
            } else {
                throw in.error("attribute " + form.name(i));
            }
        }
        if (more) {
            throw in.error("'}'");
        }
    }

    private List<Value> values() {
        List<Value> list = new ArrayList<>();
        in.expect('[');
        if (!in.eat(']')) {
            do {
                list.add(value());
            } while (in.eat(','));
            in.expect(']');
        }
        return List.copyOf(list);
    }

    /// A value that is defined by now.
    private Value value() {
        int start = in.position();
        in.expect('%');
        int number = (int) in.integer(0, Integer.MAX_VALUE);
        if (number >= values.size()) {
            throw in.error(start, "a value defined before, %0 to %" + (values.size() - 1), "%" + number);
        }
        return values.get(number);
    }

    /// The place that defines value `number`.
    private void definition(int number) {
        int start = in.position();
        in.expect('%');
        long found = in.integer(0, Integer.MAX_VALUE);
        if (found != number) {
            throw in.error(start, "%" + number + ", the next number", "%" + found);
        }
    }

    private void keyword(String word) {
        int start = in.position();
        if (!in.word("'" + word + "'").equals(word)) {
            throw in.errorAt(start, "'" + word + "'");
        }
    }
}
