package org.rduzoo.ir;

import java.util.List;

/// One step of a graph: an operation, the values it yields, and the part of the step it belongs to. Two nodes are the
/// same only if they are one object.
public final class Node {

    private final Op op;
    private final Object[] components;
    private final List<Value> operands;
    private final List<Value> results;
    private final SectionType section;

    public Node(Op op, List<Value> results, SectionType section) {
        this(op, Ops.components(op), results, section);
    }

    /// @param components the operation's, which nobody changes from now on
    Node(Op op, Object[] components, List<Value> results, SectionType section) {
        this.op = op;
        this.components = components;
        this.operands = Ops.operands(op, components);
        this.results = List.copyOf(results);
        this.section = section;
    }

    public Op op() {
        return op;
    }

    /// The operation's components: a copy.
    Object[] components() {
        return components.clone();
    }

    /// The operands that are there, in order.
    public List<Value> operands() {
        return operands;
    }

    public List<Value> results() {
        return results;
    }

    public SectionType section() {
        return section;
    }

    /// The only result.
    public Value result() {
        if (results.size() != 1) {
            throw new IllegalStateException(Ops.name(op) + " has " + results.size() + " results");
        }
        return results.getFirst();
    }

    /// The model path that the results came from.
    public String path() {
        return results.getFirst().path();
    }

    @Override
    public String toString() {
        return "%s = %s%s".formatted(results, Ops.name(op), operands);
    }
}
