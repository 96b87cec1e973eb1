package org.rduzoo.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.grad.TrainingGraph;
import org.rduzoo.ir.grad.TrainingOptions;

/// Holds a training step to a model's known gradients and weights, whoever runs it.
public final class TrainingAnswers {

    /// What a gradient may be off, relative to its tensor's greatest element.
    private static final double RELATIVE = 1e-4;

    /// What a gradient may be off, relative to the norm of all; one that is smaller says nothing about its step.
    private static final double OF_NORM = 1e-6;

    /// What a weight may be off after a step.
    private static final double STEPPED = 1e-4;

    /// What the answers stepped with; there was no bound on the gradients' norm.
    private static final Map<String, Double> SCALARS = Map.of(
            TrainingGraph.lossGradientName("loss"),
            1.0,
            TrainingGraph.LR,
            1e-2,
            TrainingGraph.BETA1,
            0.9,
            TrainingGraph.BETA2,
            0.999,
            TrainingGraph.EPS,
            1e-8,
            TrainingGraph.WEIGHT_DECAY,
            0.1,
            TrainingGraph.STEP,
            1.0);

    private TrainingAnswers() {}

    /// The graph of one step of AdamW, with decay on all, as the answers have it, and gradients among its outputs.
    public static Graph trainingGraph(Graph forward) {
        return TrainingGraph.of(
                forward,
                TrainingOptions.of(TrainingOptions.Method.ADAM_W)
                        .withDecays(_ -> true)
                        .yieldingGradients());
    }

    /// What that graph is given for its first step: moments of 0 and hyperparameters beside the golden's own.
    public static Map<String, Dense> given(ModelGolden golden, Graph joint) {
        Map<String, Dense> given = golden.given(joint);
        for (Graph.Input input : joint.inputs()) {
            given.putIfAbsent(
                    input.name(), Dense.filled(input.value().type(), SCALARS.getOrDefault(input.name(), 0.0)));
        }
        return given;
    }

    /// Fails unless the outputs of [#trainingGraph] are the answers.
    public static void check(ModelGolden golden, Map<String, Dense> outputs) {
        Map<String, Dense> gradients = named(golden, "grads.");
        double norm = Math.sqrt(gradients.values().stream()
                .flatMapToDouble(g -> Arrays.stream(g.data()))
                .map(x -> x * x)
                .sum());
        assertThat(norm).isPositive();
        gradients.forEach((name, expected) -> {
            Dense gradient = output(outputs, TrainingGraph.gradientName(name));
            double greatest =
                    Arrays.stream(expected.data()).map(Math::abs).max().orElse(0);
            assertNear("gradient of " + name, gradient, expected, RELATIVE * greatest + OF_NORM * norm, expected, 0);
            Dense stepped = golden.tensor("adamw." + name);
            assertNear("step of " + name, output(outputs, name), stepped, STEPPED, expected, OF_NORM * norm);
        });
        assertThat(output(outputs, TrainingGraph.GRAD_NORM).data()[0]).isCloseTo(norm, within(RELATIVE * norm));
    }

    /// Fails unless the gradients of [#trainingGraph], computed in bf16, are near the answers, all together.
    ///
    /// @param tolerance what bf16 may cost, relative to the norm of all gradients
    public static void checkRounded(ModelGolden golden, Map<String, Dense> outputs, double tolerance) {
        Map<String, Dense> gradients = named(golden, "grads.");
        double squares = 0;
        double misses = 0;
        for (Map.Entry<String, Dense> e : gradients.entrySet()) {
            double[] expected = e.getValue().data();
            double[] actual =
                    output(outputs, TrainingGraph.gradientName(e.getKey())).data();
            for (int i = 0; i < expected.length; i++) {
                squares += expected[i] * expected[i];
                misses += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            }
        }
        assertThat(Math.sqrt(misses)).as("error of all gradients").isBetween(0.0, tolerance * Math.sqrt(squares));
        assertThat(misses).isPositive();
    }

    private static Map<String, Dense> named(ModelGolden golden, String prefix) {
        Map<String, Dense> found = new TreeMap<>();
        golden.tensors().forEach((name, tensor) -> {
            if (name.startsWith(prefix)) {
                found.put(name.substring(prefix.length()), tensor);
            }
        });
        return found;
    }

    private static Dense output(Map<String, Dense> outputs, String name) {
        Dense output = outputs.get(name);
        if (output == null) {
            throw new AssertionError("no output " + name + " among " + outputs.keySet());
        }
        return output;
    }

    /// Compares where the gradient is at least `least`.
    private static void assertNear(
            String what, Dense actual, Dense expected, double tolerance, Dense gradient, double least) {
        assertThat(actual.type()).as(what).isEqualTo(expected.type());
        for (int i = 0; i < expected.data().length; i++) {
            if (Math.abs(gradient.data()[i]) >= least) {
                assertThat(actual.data()[i]).as("%s[%d]", what, i).isCloseTo(expected.data()[i], within(tolerance));
            }
        }
    }
}
