package org.rduzoo.testkit;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.grad.Backward;
import org.rduzoo.ir.grad.TrainingGraph;

/// A known answer: what an operation yields on some inputs, and the gradients there.
///
/// @param op the operation, as in `layer_norm`
/// @param number the case of the operation, from 0
/// @param attributes as the answers' file has them: booleans, numbers, texts
/// @param graph the operation as a graph, with an input for each of `inputs` and the output `out`
/// @param output its result
/// @param further its other results by name, which the graph yields too
/// @param seed what the gradient starts from: it is that of `sum(out * seed)`
/// @param gradients by input; integers have none
public record OpGolden(
        String op,
        int number,
        Map<String, Object> attributes,
        Graph graph,
        Map<String, Dense> inputs,
        Dense output,
        Map<String, Dense> further,
        Dense seed,
        Map<String, Dense> gradients) {

    public OpGolden {
        attributes = Map.copyOf(attributes);
        inputs = Map.copyOf(inputs);
        further = Map.copyOf(further);
        gradients = Map.copyOf(gradients);
    }

    /// The name of the graph's first output.
    public static final String OUT = "out";

    /// How far `outputs`, by name, are from the answer.
    public double error(Map<String, Dense> outputs) {
        double worst = error(outputs, OUT, output);
        for (Map.Entry<String, Dense> result : further.entrySet()) {
            worst = Math.max(worst, error(outputs, result.getKey(), result.getValue()));
        }
        return worst;
    }

    private static double error(Map<String, Dense> outputs, String name, Dense expected) {
        return Optional.ofNullable(outputs.get(name))
                .map(out -> RelativeError.of(out, expected))
                .orElse(Double.POSITIVE_INFINITY);
    }

    /// The graph with what it yields when it is differentiated: `grads.NAME` for each of `gradients`.
    public Graph gradientGraph() {
        return Backward.gradients(graph, OUT, new TreeSet<>(gradients.keySet()));
    }

    /// What [#gradientGraph] is given.
    public Map<String, Dense> gradientInputs() {
        Map<String, Dense> given = new HashMap<>(inputs);
        given.put(TrainingGraph.lossGradientName(OUT), seed);
        return given;
    }

    /// How far the worst of the gradients in `outputs`, by name, is from the answer.
    public double gradientError(Map<String, Dense> outputs) {
        double worst = 0;
        for (Map.Entry<String, Dense> e : gradients.entrySet()) {
            Dense gradient = outputs.get(TrainingGraph.gradientName(e.getKey()));
            worst = Math.max(
                    worst, gradient == null ? Double.POSITIVE_INFINITY : RelativeError.of(gradient, e.getValue()));
        }
        return worst;
    }

    /// As in `layer_norm 2`.
    @Override
    public String toString() {
        return op + " " + number;
    }
}
