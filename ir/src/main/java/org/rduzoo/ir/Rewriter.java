package org.rduzoo.ir;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Builds a graph from another, node by node: a pass walks the old nodes in order and, for each, copies it, emits
/// others in its place, or leaves it out. Inputs and outputs carry over.
public final class Rewriter {

    private final Graph source;
    private final GraphBuilder builder;
    private final Map<Value, Value> mapped = new HashMap<>();

    public Rewriter(Graph source) {
        this.source = source;
        this.builder = new GraphBuilder(source.name());
        for (Graph.Input i : source.inputs()) {
            mapped.put(
                    i.value(),
                    builder.input(
                            i.name(), i.kind(), i.value().type(), i.value().path()));
        }
    }

    /// What stands in the new graph for a value of the old.
    public Value map(Value old) {
        Value value = mapped.get(old);
        if (value == null) {
            throw new IllegalStateException(old + " at " + old.path() + " is used before it is rewritten");
        }
        return value;
    }

    /// Emits an operation on new values.
    public List<Value> emit(Op op, String path, SectionType section) {
        return builder.add(op, path, section);
    }

    /// Emits the first result of an operation on new values in the place of `at`, a node of the old graph.
    public Value emit(Op op, Node at) {
        return builder.addOne(op, at.path(), at.section());
    }

    /// Copies a node of the old graph as it is.
    public List<Value> copy(Node node) {
        Object[] components = node.components();
        Ops.mapOperands(node.op(), components, this::map);
        Op op = Ops.form(node.op().getClass()).create(components);
        List<Value> results = builder.add(op, components, types(node, op), node.path(), node.section());
        for (int i = 0; i < results.size(); i++) {
            mapped.put(node.results().get(i), results.get(i));
        }
        return results;
    }

    /// The types of a copy's results: the node's own, unless an operand has another type now.
    private List<Type> types(Node node, Op op) {
        for (Value operand : node.operands()) {
            if (!map(operand).type().equals(operand.type())) {
                return op.infer();
            }
        }
        List<Type> types = new ArrayList<>();
        node.results().forEach(v -> types.add(v.type()));
        return types;
    }

    /// Says that `value`, of the new graph, stands for `old`.
    public void replace(Value old, Value value) {
        mapped.put(old, value);
    }

    /// The new graph, with the old one's outputs.
    public Graph finish() {
        for (Graph.Output o : source.outputs()) {
            builder.output(o.name(), map(o.value()), o.alias());
        }
        return builder.build();
    }
}
