package org.rduzoo.ir;

import java.util.List;

/// One step of a graph: an operation, the values it yields, and the part of the step it belongs to.
public record Node(Op op, List<Value> results, SectionType section) {

    public Node {
        results = List.copyOf(results);
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
}
