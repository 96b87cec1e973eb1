package org.rduzoo.ir.grad;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphBuilder;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Value;

/// A graph that begins as another and goes on: first the other's inputs, then new ones, then the other's nodes.
final class Extension {

    private final Graph source;
    private final GraphBuilder builder;
    private final Map<Value, Value> mapped = new HashMap<>();
    private final List<Node> nodes = new ArrayList<>();

    Extension(Graph source) {
        this.source = source;
        this.builder = new GraphBuilder(source.name());
        for (Graph.Input i : source.inputs()) {
            Value old = i.value();
            mapped.put(old, builder.input(i.name(), i.kind(), old.type(), old.path()));
        }
    }

    /// The name of the input with the gradient by an output.
    static String gradientInput(String output) {
        return output + ".sn_grad";
    }

    GraphBuilder builder() {
        return builder;
    }

    /// The other graph's value of an output that a loss is made of.
    Value lossOf(String output) {
        Value value = source.output(output)
                .orElseThrow(() -> new NoGradient("graph %s has no output %s to take gradients of; it has %s."
                        .formatted(
                                source.name(),
                                output,
                                source.outputs().stream()
                                        .map(Graph.Output::name)
                                        .toList())))
                .value();
        if (!value.dtype().isFloat()) {
            throw new NoGradient("output %s of graph %s is %s, and only floats have gradients."
                    .formatted(output, source.name(), value.type()));
        }
        return value;
    }

    void copyNodes() {
        for (Node node : source.nodes()) {
            List<Value> results = builder.add(Ops.mapOperands(node.op(), this::map), node.path(), node.section());
            for (int i = 0; i < results.size(); i++) {
                mapped.put(node.results().get(i), results.get(i));
            }
            nodes.add(new Node(Ops.mapOperands(node.op(), this::map), results, node.section()));
        }
    }

    void copyOutputs() {
        source.outputs().forEach(o -> builder.output(o.name(), map(o.value()), o.alias()));
    }

    /// The nodes copied, in this graph's values.
    List<Node> nodes() {
        return nodes;
    }

    /// What stands in this graph for a value of the other.
    Value map(Value old) {
        Value value = mapped.get(old);
        if (value == null) {
            throw new IllegalStateException(old + " at " + old.path() + " is not copied yet");
        }
        return value;
    }

    /// This graph's value of an input of the other.
    Value input(String name) {
        return map(source.input(name)
                .orElseThrow(() -> new NoGradient("graph %s has no input %s.".formatted(source.name(), name)))
                .value());
    }
}
