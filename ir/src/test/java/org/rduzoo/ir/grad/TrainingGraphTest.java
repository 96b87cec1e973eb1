package org.rduzoo.ir.grad;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphText;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Reference;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.Verifier;
import org.rduzoo.ir.grad.TrainingOptions.Method;

final class TrainingGraphTest {

    /// The loss is Σ (w · x + b)², one element a row.
    private static final Graph FORWARD = GraphText.parse("""
            graph "line" {
              input %0 "x" : f32[2, 1]
              parameter %1 "w" : f32[1, 1]
              parameter %2 "b" : f32[1]
              parameter %3 "idle" : f32[3]
              fwd %4 = linear(%0, %1, bias=%2) : f32[2, 1] @ "line"
              fwd %5 = mul(%4, %4) : f32[2, 1]
              output "y" = %4
              output "loss" = %5
            }
            """);

    @Test
    void allNodesHaveTheirPartOfTheStep() {
        Graph joint = Verifier.check(TrainingGraph.of(FORWARD, TrainingOptions.of(Method.ADAM_W)));
        assertThat(joint.nodes().stream().map(Node::section).distinct())
                .containsExactly(SectionType.FWD, SectionType.BCKWD, SectionType.GRADNORM, SectionType.OPT);
        assertThat(joint.inputs().stream().map(Graph.Input::name))
                .containsExactly(
                        "x",
                        "w",
                        "b",
                        "idle",
                        "loss.sn_grad",
                        "lr",
                        "weight_decay",
                        "max_grad_norm",
                        "beta1",
                        "beta2",
                        "eps",
                        "step",
                        "w.exp_avg",
                        "w.exp_avg_sq",
                        "b.exp_avg",
                        "b.exp_avg_sq");
        assertThat(joint.outputs().stream().map(o -> o.name() + o.alias().orElse("!")))
                .containsExactly(
                        "y!",
                        "loss!",
                        "grad_norm!",
                        "ww",
                        "w.exp_avgw.exp_avg",
                        "w.exp_avg_sqw.exp_avg_sq",
                        "bb",
                        "b.exp_avgb.exp_avg",
                        "b.exp_avg_sqb.exp_avg_sq");
    }

    @Test
    void theGradientOfTheLossScalesEachElement() {
        Map<String, Dense> results = run(TrainingOptions.of(Method.SGD).yieldingGradients(), Map.of());
        // y = (1, 5), loss weights (0.25, 0.75): by b 2 · (0.25 · 1 + 0.75 · 5), by w with x = (0, 2)
        assertThat(number(results, "grads.b")).isEqualTo(8);
        assertThat(number(results, "grads.w")).isEqualTo(15);
        assertThat(number(results, "grad_norm")).isEqualTo(17);
        assertThat(number(results, "b")).isEqualTo(1 - 0.1 * 8);
        assertThat(number(results, "w")).isCloseTo(2 - 0.1 * (15 + 0.5 * 2), within(1e-12));
    }

    @Test
    void aNormOverItsBoundIsBroughtDownToIt() {
        Map<String, Dense> results = run(TrainingOptions.of(Method.SGD), Map.of("max_grad_norm", 1.7));
        assertThat(number(results, "grad_norm")).isEqualTo(17);
        assertThat(number(results, "b")).isCloseTo(1 - 0.1 * 0.8, within(1e-7));
        assertThat(number(run(TrainingOptions.of(Method.SGD), Map.of("max_grad_norm", 20.0)), "b"))
                .isEqualTo(1 - 0.1 * 8);
    }

    @ParameterizedTest
    @EnumSource
    void everyMethodKeepsWhatItNeeds(Method method) {
        Graph joint = Verifier.check(TrainingGraph.of(FORWARD, TrainingOptions.of(method)));
        List<String> states =
                joint.inputs(Graph.Kind.STATE).map(Graph.Input::name).toList();
        assertThat(states)
                .hasSize(
                        switch (method) {
                            case NONE, SGD -> 0;
                            case MOMENTUM, NESTEROV -> 2;
                            case ADAM_W -> 4;
                        });
        assertThat(joint.outputs().stream().flatMap(o -> o.alias().stream()))
                .containsAll(states)
                .hasSize(method == Method.NONE ? 0 : 2 + states.size());
    }

    @Test
    void microBatchesAddUp() {
        TrainingOptions options = TrainingOptions.of(Method.SGD).accumulating();
        Map<String, Dense> first = run(options, Map.of("grads.b", Double.NaN, "grads.w", Double.NaN));
        assertThat(number(first, "grads.b")).isEqualTo(8);
        Map<String, Dense> second = run(options, Map.of("accumulate", 1.0, "grads.b", 8.0, "grads.w", 15.0));
        assertThat(number(second, "grads.b")).isEqualTo(16);
        assertThat(number(second, "grad_norm")).isEqualTo(34);
        assertThat(number(second, "b")).isCloseTo(1 - 0.1 * 16, within(1e-12));
    }

    @Test
    void whatIsNotTrainedStays() {
        Graph joint = TrainingGraph.of(
                FORWARD,
                TrainingOptions.of(Method.ADAM_W).withTrained(i -> i.name().equals("b")));
        assertThat(joint.output("w")).isEmpty();
        assertThat(joint.output("b")).isPresent();
        assertThatThrownBy(() -> TrainingGraph.of(
                        FORWARD,
                        TrainingOptions.of(Method.ADAM_W)
                                .withTrained(i -> i.name().equals("idle"))))
                .isInstanceOf(NoGradient.class)
                .hasMessage("output loss of graph line depends on no parameter that is trained.");
    }

    @Test
    void momentumAndNesterovDiffer() {
        Map<String, Double> moving = Map.of("momentum", 0.5, "b.momentum_buffer", 2.0);
        assertThat(number(run(TrainingOptions.of(Method.MOMENTUM), moving), "b"))
                .isCloseTo(1 - 0.9, within(1e-12));
        assertThat(number(run(TrainingOptions.of(Method.NESTEROV), moving), "b"))
                .isCloseTo(1 - 0.1 * (8 + 0.5 * 9), within(1e-12));
        assertThat(number(run(TrainingOptions.of(Method.MOMENTUM), moving), "b.momentum_buffer"))
                .isEqualTo(9);
    }

    private static double number(Map<String, Dense> results, String name) {
        return results.getOrDefault(name, Dense.scalar(DType.F32, Double.NaN)).data()[0];
    }

    /// One step from w = 2, b = 1 on x = (0, 2), with lr 0.1 and decay 0.5 on w.
    private static Map<String, Dense> run(TrainingOptions options, Map<String, Double> scalars) {
        Graph joint = Verifier.check(TrainingGraph.of(FORWARD, options));
        Map<String, Dense> given = new HashMap<>();
        given.put("x", new Dense(Type.of(DType.F32, 2, 1), new double[] {0, 2}));
        given.put("loss.sn_grad", new Dense(Type.of(DType.F32, 2, 1), new double[] {0.25, 0.75}));
        Map<String, Double> numbers = new HashMap<>(Map.of("w", 2.0, "b", 1.0, "lr", 0.1, "weight_decay", 0.5));
        numbers.putAll(scalars);
        for (Graph.Input i : joint.inputs()) {
            given.putIfAbsent(i.name(), Dense.filled(i.value().type(), numbers.getOrDefault(i.name(), 0.0)));
        }
        return Reference.run(joint, given);
    }
}
