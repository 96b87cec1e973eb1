package org.rduzoo.ir;

import java.util.List;
import java.util.Optional;

/// Writes the text form that [GraphText] describes.
final class GraphPrinter {

    private final StringBuilder out = new StringBuilder();

    String print(Graph graph) {
        out.append("graph ");
        AttributeText.quote(graph.name(), out);
        out.append(" {\n");
        graph.inputs().forEach(this::input);
        graph.nodes().forEach(this::node);
        graph.outputs().forEach(this::output);
        return out.append("}\n").toString();
    }

    private void input(Graph.Input input) {
        out.append("  ").append(Ops.lower(input.kind())).append(' ');
        value(input.value());
        out.append(' ');
        AttributeText.quote(input.name(), out);
        out.append(" : ");
        AttributeText.type(input.value().type(), out);
        if (!input.value().path().equals(input.kind().defaultPath(input.name()))) {
            path(input.value().path());
        }
        out.append('\n');
    }

    private void node(Node node) {
        out.append("  ").append(Ops.lower(node.section())).append(' ');
        values(node.results());
        out.append(" = ").append(Ops.name(node.op()));
        operation(node.op());
        out.append(" : ");
        for (int i = 0; i < node.results().size(); i++) {
            out.append(i == 0 ? "" : ", ");
            AttributeText.type(node.results().get(i).type(), out);
        }
        if (!node.path().isEmpty()) {
            path(node.path());
        }
        out.append('\n');
    }

    private void output(Graph.Output output) {
        out.append("  output ");
        AttributeText.quote(output.name(), out);
        out.append(" = ");
        value(output.value());
        if (output.alias().isPresent()) {
            out.append(" replaces ");
            AttributeText.quote(output.alias().get(), out);
        }
        out.append('\n');
    }

    private void operation(Op op) {
        Ops.Form form = Ops.form(op.getClass());
        Object[] components = Ops.components(op);
        out.append('(');
        String separator = "";
        for (int i = 0; i < components.length; i++) {
            if (form.isOperand(i) && !Optional.empty().equals(components[i])) {
                out.append(separator);
                operand(form.name(i), components[i]);
                separator = ", ";
            }
        }
        out.append(')');
        separator = " {";
        for (int i = 0; i < components.length; i++) {
            if (form.isAttribute(i) && !Optional.empty().equals(components[i])) {
                out.append(separator).append(form.name(i)).append('=');
                AttributeText.print(components[i], out);
                separator = ", ";
            }
        }
        out.append(separator.equals(", ") ? "}" : "");
    }

    private void operand(String name, Object operand) {
        switch (operand) {
            case Value v -> value(v);
            case List<?> list -> {
                out.append('[');
                values(list);
                out.append(']');
            }
            case Optional<?> optional -> {
                out.append(name).append('=');
                value((Value) optional.orElseThrow());
            }
            default -> throw new AssertionError(operand);
        }
    }

    private void values(List<?> values) {
        for (int i = 0; i < values.size(); i++) {
            out.append(i == 0 ? "" : ", ");
            value((Value) values.get(i));
        }
    }

    private void value(Value value) {
        out.append('%').append(value.number());
    }

    private void path(String path) {
        out.append(" @ ");
        AttributeText.quote(path, out);
    }
}
