package org.rduzoo.ir.grad;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphText;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Pass;
import org.rduzoo.ir.Reference;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Verifier;
import org.rduzoo.ir.grad.TrainingOptions.Method;
import org.rduzoo.ir.pass.Rewrites;

final class ActivationMemoryTest {

    /// A gated layer: its backward pass reads `x`, `%4`, `%5`, `%6`, `%7` and `%8`, and the product's turned result.
    private static final Graph JOINT = TrainingGraph.of(
            GraphText.parse("""
            graph "gated" {
              input %0 "x" : f32[2, 4]
              parameter %1 "gate" : f32[8, 4]
              parameter %2 "up" : f32[8, 4]
              parameter %3 "down" : f32[4, 8]
              fwd %4 = linear(%0, %1) : f32[2, 8]
              fwd %5 = linear(%0, %2) : f32[2, 8]
              fwd %6 = silu(%4) : f32[2, 8]
              fwd %7 = mul(%6, %5) : f32[2, 8]
              fwd %8 = linear(%7, %3) : f32[2, 4]
              fwd %9 = mul(%8, %8) : f32[2, 4]
              output "loss" = %9
            }
            """), TrainingOptions.of(Method.ADAM_W).yieldingGradients());

    @Test
    void whatFitsIsKept() {
        ActivationMemory.Plan plan = ActivationMemory.fit(JOINT, 1 << 20, 4);
        assertThat(plan.graph()).isSameAs(JOINT);
        assertThat(plan.kept()).isEqualTo(plan.all()).isPositive();
        assertThat(plan.fits()).isTrue();
        assertThat(plan).hasToString("activations: 0.0 of 0.0 MiB kept (budget 1.0)");
    }

    @Test
    void cheapOperationsAreComputedAgainFirst() {
        long all = ActivationMemory.fit(JOINT, 1 << 20, 4).all();
        ActivationMemory.Plan plan = ActivationMemory.fit(JOINT, all - 1, 4);
        assertThat(plan.again()).hasSize(1).doesNotContainKey("linear");
        assertThat(plan.kept()).isEqualTo(all - 64);
        assertThat(plan.fits()).isTrue();
    }

    @Test
    void theLeastPossibleIsSaid() {
        ActivationMemory.Plan plan = ActivationMemory.fit(JOINT, 0, 2);
        assertThat(plan.again()).containsEntry("linear", 3).containsEntry("silu", 1);
        assertThat(plan.fits()).isEqualTo(plan.kept() == 0);
        assertThat(plan.toString()).contains("computed again: ", "3 linear");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 100, 200, 300})
    void theNumbersStayTheSame(long budget) {
        SplittableRandom random = new SplittableRandom(3);
        Map<String, Dense> given = new HashMap<>();
        JOINT.inputs().forEach(i -> {
            Dense value = Dense.zeros(i.value().type());
            for (int e = 0; e < value.data().length; e++) {
                value.data()[e] = i.value().dtype() == DType.I64 ? 1 : random.nextDouble();
            }
            given.put(i.name(), value);
        });
        Map<String, Dense> expected = Reference.run(JOINT, given);
        Graph graph = Verifier.check(ActivationMemory.fit(JOINT, budget, 4).graph());
        assertSame(Reference.run(graph, given), expected);
        for (Pass pass : Rewrites.standard()) {
            graph = Verifier.check(pass.run(graph));
        }
        assertSame(Reference.run(graph, given), expected);
    }

    @Test
    void theBackwardPassReadsNoMoreThanIsKept() {
        ActivationMemory.Plan plan = ActivationMemory.fit(JOINT, 130, 4);
        Map<Integer, Long> read = new HashMap<>();
        Graph graph = plan.graph();
        for (Node node : graph.nodes()) {
            for (var operand : node.operands()) {
                boolean forward = graph.nodes().stream()
                        .anyMatch(n ->
                                n.section() == SectionType.FWD && n.results().contains(operand));
                if (node.section() != SectionType.FWD && forward) {
                    read.put(operand.number(), operand.type().bytes());
                }
            }
        }
        assertThat(read.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(plan.kept());
    }

    private static void assertSame(Map<String, Dense> actual, Map<String, Dense> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, value) ->
                assertThat(actual.get(name)).as(name).usingRecursiveComparison().isEqualTo(value));
    }
}
