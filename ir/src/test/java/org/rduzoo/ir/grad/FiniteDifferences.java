package org.rduzoo.ir.grad;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Reference;
import org.rduzoo.ir.Verifier;

/// Holds gradients to what the outputs themselves say: how a weighted sum of them changes with each input, in float64.
public final class FiniteDifferences {

    private static final double STEP = 1e-5;
    private static final double TOLERANCE = 1e-6;

    private FiniteDifferences() {}

    /// Fails unless the gradient of each output by each float input is right at a random place.
    ///
    /// @param given inputs that are not random: integers, and numbers that must keep to a range
    public static void check(Graph graph, Map<String, Dense> given, long seed) {
        for (Graph.Output output : graph.outputs()) {
            check(graph, output, given, seed);
        }
    }

    private static void check(Graph graph, Graph.Output output, Map<String, Dense> given, long seed) {
        List<String> names = floats(graph);
        Graph joint = Verifier.check(Backward.gradients(graph, output.name(), names));
        SplittableRandom random = new SplittableRandom(seed);
        Map<String, Dense> inputs = inputs(graph, given, random);
        Dense weights = random(Dense.zeros(output.value().type()), random);
        inputs.put(Extension.gradientInput(output.name()), weights);
        Map<String, Dense> results = Reference.run(joint, inputs);
        for (String name : names) {
            Dense gradient = results.getOrDefault(TrainingGraph.gradientName(name), weights);
            Dense at = inputs.getOrDefault(name, weights);
            assertThat(gradient.type()).as(name).isEqualTo(at.type());
            double scale = 1;
            for (double g : gradient.data()) {
                scale = Math.max(scale, Math.abs(g));
            }
            for (int i = 0; i < at.data().length; i++) {
                double x = at.data()[i];
                at.data()[i] = x + STEP;
                double above = weighted(graph, output, inputs, weights);
                at.data()[i] = x - STEP;
                double below = weighted(graph, output, inputs, weights);
                at.data()[i] = x;
                assertThat(gradient.data()[i])
                        .as("gradient of %s by %s[%d], seed %d", output.name(), name, i, seed)
                        .isCloseTo((above - below) / (2 * STEP), within(TOLERANCE * scale));
            }
        }
    }

    /// Fails unless the gradients of an output predict its change in a random direction. An input that the output does
    /// not depend on has none.
    public static void checkDirection(Graph graph, String output, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Map<String, Dense> inputs = inputs(graph, Map.of(), random);
        Graph.Output end = graph.output(output).orElseThrow();
        Dense weights = random(Dense.zeros(end.value().type()), random);
        List<String> names = reached(graph, output);
        Map<String, Dense> above = new HashMap<>();
        Map<String, Dense> below = new HashMap<>();
        Map<String, Dense> direction = new HashMap<>();
        for (Graph.Input input : graph.inputs()) {
            Dense at = inputs.getOrDefault(input.name(), weights);
            Dense way = random(Dense.zeros(at.type()), random);
            direction.put(input.name(), way);
            above.put(input.name(), moved(at, way, STEP));
            below.put(input.name(), moved(at, way, -STEP));
        }
        inputs.put(Extension.gradientInput(output), weights);
        Map<String, Dense> results = Reference.run(Verifier.check(Backward.gradients(graph, output, names)), inputs);
        double predicted = 0;
        double scale = 1;
        for (String name : names) {
            double[] gradient = results.getOrDefault(TrainingGraph.gradientName(name), weights)
                    .data();
            double[] way = direction.getOrDefault(name, weights).data();
            for (int i = 0; i < way.length; i++) {
                predicted += gradient[i] * way[i];
                scale += Math.abs(gradient[i]);
            }
        }
        double change = weighted(graph, end, above, weights) - weighted(graph, end, below, weights);
        assertThat(predicted).as("seed %d", seed).isCloseTo(change / (2 * STEP), within(TOLERANCE * scale));
    }

    /// The inputs that an output depends on.
    public static List<String> reached(Graph graph, String output) {
        Reach reach = Reach.of(graph, graph.output(output).orElseThrow().value());
        return graph.inputs().stream()
                .filter(i -> reach.contains(i.value()))
                .map(Graph.Input::name)
                .toList();
    }

    private static List<String> floats(Graph graph) {
        return graph.inputs().stream()
                .filter(i -> i.value().dtype().isFloat())
                .map(Graph.Input::name)
                .toList();
    }

    private static Map<String, Dense> inputs(Graph graph, Map<String, Dense> given, SplittableRandom random) {
        Map<String, Dense> inputs = new HashMap<>();
        for (Graph.Input i : graph.inputs()) {
            Dense fixed = given.get(i.name());
            inputs.put(
                    i.name(),
                    fixed == null
                            ? random(Dense.zeros(i.value().type()), random)
                            : new Dense(fixed.type(), fixed.data().clone()));
        }
        return inputs;
    }

    private static Dense random(Dense to, SplittableRandom random) {
        for (int i = 0; i < to.data().length; i++) {
            to.data()[i] = to.type().dtype() == DType.BOOL ? random.nextInt(2) : random.nextDouble() * 2 - 1;
        }
        return to;
    }

    private static Dense moved(Dense at, Dense way, double step) {
        Dense moved = Dense.zeros(at.type());
        for (int i = 0; i < moved.data().length; i++) {
            moved.data()[i] = at.data()[i] + step * way.data()[i];
        }
        return moved;
    }

    private static double weighted(Graph graph, Graph.Output output, Map<String, Dense> inputs, Dense weights) {
        double[] values = Reference.run(graph, inputs)
                .getOrDefault(output.name(), weights)
                .data();
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += values[i] * weights.data()[i];
        }
        return sum;
    }
}
