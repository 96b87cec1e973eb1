package org.rduzoo.ir.pass;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Value;

/// Who makes and who reads each value of a graph.
final class Uses {

    private final List<@Nullable Node> producers;
    private final List<List<Node>> users;
    private final BitSet parameters = new BitSet();
    private final BitSet outputs = new BitSet();

    Uses(Graph graph) {
        int count = graph.valueCount();
        producers = new ArrayList<>(count);
        users = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            producers.add(null);
            users.add(List.of());
        }
        graph.inputs(Graph.Kind.PARAMETER).forEach(i -> parameters.set(i.value().number()));
        graph.outputs().forEach(o -> outputs.set(o.value().number()));
        for (Node node : graph.nodes()) {
            node.results().forEach(v -> producers.set(v.number(), node));
            for (Value v : node.operands()) {
                if (users.get(v.number()).isEmpty()) {
                    users.set(v.number(), new ArrayList<>(2));
                }
                users.get(v.number()).add(node);
            }
        }
    }

    /// The node that yields `v`, or null for an input of the graph.
    @Nullable
    Node producer(Value v) {
        return producers.get(v.number());
    }

    /// The operation whose only result is `v`, or null.
    @Nullable
    Op op(Value v) {
        Node node = producer(v);
        return node != null && node.results().size() == 1 ? node.op() : null;
    }

    /// The nodes that read `v`, one entry for each operand.
    List<Node> users(Value v) {
        return users.get(v.number());
    }

    boolean isOutput(Value v) {
        return outputs.get(v.number());
    }

    boolean isParameter(Value v) {
        return parameters.get(v.number());
    }
}
