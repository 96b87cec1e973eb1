package org.rduzoo.ir;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.rduzoo.ir.grad.Backward;
import org.rduzoo.ir.grad.NoGradient;

/// Of each kind of operation, whether it has a gradient. Those that have are held to finite differences in
/// `BackwardTest`.
final class EveryGradientTest {

    private final Graph graph = Samples.everyOperation();

    @Test
    void anOperationHasAGradientOrIsOneOfTheseThatHaveNone() {
        Set<String> with = new TreeSet<>();
        Set<String> without = new TreeSet<>();
        for (Node node : graph.nodes()) {
            (hasGradient(node) ? with : without).add(node.op().getClass().getSimpleName());
        }
        without.removeAll(with);
        assertThat(without)
                .containsExactlyInAnyOrder(
                        // What comes out, or goes in, does not change by degrees.
                        "Compare",
                        "Constant",
                        // They serve inference, or are taken as given.
                        "CacheWrite",
                        "LastRow",
                        "RopeAngles",
                        // They belong to a backward pass.
                        "AttentionGradient",
                        "EmbeddingGradient",
                        "CrossEntropyGradient",
                        "LayerNormGradient",
                        "RmsNormGradient",
                        "ConvWeightGradient",
                        "MaxPoolGradient",
                        "AvgPoolGradient",
                        "ResizeGradient",
                        "GlobalNorm",
                        "AdamW",
                        "Sgd");
    }

    private boolean hasGradient(Node node) {
        return graph.outputs().stream()
                .filter(o ->
                        node.results().contains(o.value()) && o.value().dtype().isFloat())
                .anyMatch(o -> graph.inputs().stream()
                        .filter(i -> node.operands().contains(i.value())
                                && i.value().dtype().isFloat())
                        .anyMatch(i -> differentiates(o.name(), i.name())));
    }

    private boolean differentiates(String output, String input) {
        try {
            return !Backward.gradients(graph, output, List.of(input)).nodes().isEmpty();
        } catch (NoGradient e) {
            assertThat(e).hasMessageMatching("(?s).*(has no gradient: .+|does not depend on).*");
            return false;
        }
    }
}
