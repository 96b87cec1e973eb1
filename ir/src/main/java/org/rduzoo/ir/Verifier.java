package org.rduzoo.ir;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Checks what every graph must keep: after each pass, and after loading one from a file.
///
/// - Values are numbered in order: inputs, then the results of the nodes.
/// - An operand is defined before its use, an output's value at all.
/// - Results have the types that the operation infers, and one model path.
/// - Names of inputs are unique, and so are names of outputs.
/// - An alias names a state or parameter of the output's type, which no other output replaces.
/// - Uniform constants keep to the bound that the text form has.
public final class Verifier {

    private final Graph graph;
    private final List<Value> defined = new ArrayList<>();
    private final UniformConstants uniform = new UniformConstants();

    private Verifier(Graph graph) {
        this.graph = graph;
    }

    /// The graph itself, if it is sound.
    ///
    /// @throws InvalidGraph when it is not; the message names the place
    public static Graph check(Graph graph) {
        Verifier verifier = new Verifier(graph);
        Map<String, Graph.Input> inputs = verifier.inputs();
        graph.nodes().forEach(verifier::node);
        verifier.outputs(inputs);
        return graph;
    }

    private Map<String, Graph.Input> inputs() {
        Map<String, Graph.Input> inputs = new HashMap<>();
        for (Graph.Input input : graph.inputs()) {
            String where = "input \"" + input.name() + "\"";
            define(input.value(), where);
            require(inputs.put(input.name(), input) == null, where, "there are two inputs of this name");
        }
        return inputs;
    }

    private void node(Node node) {
        String where = where(node);
        require(!node.results().isEmpty(), where, "it has no result");
        for (Value operand : node.operands()) {
            require(isDefined(operand), where, "operand " + operand + " is not defined before it");
        }
        List<Type> inferred;
        try {
            inferred = node.op().infer();
        } catch (IllTyped | IllegalArgumentException e) {
            throw new InvalidGraph(graph.name(), where, String.valueOf(e.getMessage()));
        }
        List<Type> types = node.results().stream().map(Value::type).toList();
        require(types.equals(inferred), where, "its results are " + types + ", but it yields " + inferred);
        for (Value result : node.results()) {
            define(result, where);
            require(result.path().equals(node.path()), where, "result " + result + " has the path " + result.path());
        }
        if (node.op() instanceof Layout.Constant(Dense value) && value.isUniform() && value.data().length > 1) {
            require(
                    uniform.dense(value.type(), value.data()[0]).isPresent(),
                    where,
                    "it passes the bound of " + UniformConstants.RULE);
        }
    }

    private void outputs(Map<String, Graph.Input> inputs) {
        Set<String> names = new HashSet<>();
        Set<String> replaced = new HashSet<>();
        for (Graph.Output output : graph.outputs()) {
            String where = "output \"" + output.name() + "\"";
            require(names.add(output.name()), where, "there are two outputs of this name");
            require(isDefined(output.value()), where, "its value " + output.value() + " is not defined");
            if (output.alias().isPresent()) {
                String alias = output.alias().get();
                Graph.Input input = inputs.get(alias);
                if (input == null || input.kind() == Graph.Kind.INPUT) {
                    throw new InvalidGraph(
                            graph.name(), where, "\"" + alias + "\" is no state or parameter to replace");
                }
                Type type = input.value().type();
                require(
                        type.equals(output.value().type()),
                        where,
                        "it is " + output.value().type() + ", but \"" + alias + "\", which it replaces, is " + type);
                require(replaced.add(alias), where, "another output replaces \"" + alias + "\" as well");
            }
        }
    }

    private boolean isDefined(Value value) {
        int number = value.number();
        return number >= 0 && number < defined.size() && defined.get(number) == value;
    }

    private void define(Value value, String where) {
        require(
                value.number() == defined.size(),
                where,
                "its value is " + value + ", but the next number is %" + defined.size());
        defined.add(value);
    }

    private void require(boolean holds, String where, String problem) {
        if (!holds) {
            throw new InvalidGraph(graph.name(), where, problem);
        }
    }

    private static String where(Node node) {
        String results = node.results().toString();
        String path = node.results().isEmpty() || node.path().isEmpty() ? "" : " at " + node.path();
        return "node " + results.substring(1, results.length() - 1) + " = " + Ops.name(node.op()) + path;
    }
}
