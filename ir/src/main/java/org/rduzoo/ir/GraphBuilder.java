package org.rduzoo.ir;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Builds a graph node by node, in the order in which it will run.
public final class GraphBuilder {

    private final String name;
    private final List<Graph.Input> inputs = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<Graph.Output> outputs = new ArrayList<>();
    private final Set<String> inputNames = new HashSet<>();
    private final Set<String> outputNames = new HashSet<>();
    private int values;

    public GraphBuilder(String name) {
        this.name = name;
    }

    public Value input(String inputName, Graph.Kind kind, Type type) {
        return input(inputName, kind, type, kind.defaultPath(inputName));
    }

    /// @throws IllegalArgumentException when the name is taken
    public Value input(String inputName, Graph.Kind kind, Type type, String path) {
        if (!inputNames.add(inputName)) {
            throw new IllegalArgumentException("graph " + name + " has two inputs named " + inputName);
        }
        Value value = new Value(values++, type, path);
        inputs.add(new Graph.Input(inputName, kind, value));
        return value;
    }

    /// Appends an operation and infers its results.
    ///
    /// @throws IllTyped when it breaks a constraint
    public List<Value> add(Op op, String path, SectionType section) {
        return add(op, Ops.components(op), op.infer(), path, section);
    }

    /// Appends an operation with these components whose results have these types.
    List<Value> add(Op op, Object[] components, List<Type> types, String path, SectionType section) {
        List<Value> results = new ArrayList<>();
        for (Type type : types) {
            results.add(new Value(values++, type, path));
        }
        Node node = new Node(op, components, results, section);
        nodes.add(node);
        return node.results();
    }

    /// [#add] for an operation with one result that matters: its first.
    public Value addOne(Op op, String path, SectionType section) {
        return add(op, path, section).getFirst();
    }

    public void output(String outputName, Value value) {
        output(outputName, value, Optional.empty());
    }

    /// @param alias the name of the state or parameter that `value` replaces
    /// @throws IllegalArgumentException when the name is taken
    public void output(String outputName, Value value, Optional<String> alias) {
        if (!outputNames.add(outputName)) {
            throw new IllegalArgumentException("graph " + name + " has two outputs named " + outputName);
        }
        outputs.add(new Graph.Output(outputName, value, alias));
    }

    public Graph build() {
        return new Graph(name, inputs, nodes, outputs);
    }
}
