package org.rduzoo.ir.grad;

import java.util.HashSet;
import java.util.Set;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Value;

/// The values that one value depends on by way of floats: those that it may have a gradient by.
record Reach(Set<Value> values) {

    static Reach of(Graph graph, Value end) {
        Set<Value> values = new HashSet<>(Set.of(end));
        for (Node node : graph.nodes().reversed()) {
            if (node.results().stream().anyMatch(values::contains)) {
                node.operands().stream().filter(v -> v.dtype().isFloat()).forEach(values::add);
            }
        }
        return new Reach(values);
    }

    boolean contains(Value value) {
        return values.contains(value);
    }
}
