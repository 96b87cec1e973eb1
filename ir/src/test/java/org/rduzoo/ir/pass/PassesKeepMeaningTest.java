package org.rduzoo.ir.pass;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphText;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Pass;
import org.rduzoo.ir.Verifier;

final class PassesKeepMeaningTest {

    private static final int GRAPHS = 200;
    private static final int STEPS = 14;

    @Test
    void eachPassByItself() {
        for (int seed = 0; seed < GRAPHS; seed++) {
            Graph graph = RandomGraphs.of(seed, STEPS);
            for (Pass pass : Rewrites.standard().stream().distinct().toList()) {
                Checks.agree(graph, Verifier.check(pass.run(graph)), seed);
            }
        }
    }

    @Test
    void allPassesInOrder() {
        Map<String, Integer> found = new HashMap<>();
        for (int seed = 0; seed < GRAPHS; seed++) {
            Graph graph = RandomGraphs.of(seed, STEPS);
            Graph rewritten = rewritten(graph);
            Checks.agree(graph, rewritten, seed);
            for (Node node : rewritten.nodes()) {
                found.merge(Ops.name(node.op()), 1, Integer::sum);
            }
        }

        for (String fused : List.of("layer_norm", "rms_norm", "gelu", "silu", "linear", "attention")) {
            assertThat(found.getOrDefault(fused, 0)).as(fused).isGreaterThan(20);
        }
    }

    @Test
    void allPassesOnRoundedGraphs() {
        Precision precision = new Precision(PrecisionOptions.DEFAULTS);
        for (int seed = 0; seed < GRAPHS; seed++) {
            Graph graph = Verifier.check(precision.run(RandomGraphs.of(seed, STEPS)));
            Graph rewritten = rewritten(graph);

            assertThat(rewritten.nodes().size())
                    .isLessThanOrEqualTo(graph.nodes().size());
            Checks.agree(graph, rewritten, seed, 0.05);
        }
    }

    @Test
    void rewritingAgainChangesNothing() {
        for (int seed = 0; seed < GRAPHS; seed++) {
            Graph once = rewritten(RandomGraphs.of(seed, STEPS));

            assertThat(GraphText.print(rewritten(once))).isEqualTo(GraphText.print(once));
        }
    }

    @Test
    void graphsOfAnyDepthAreRewritten() {
        Graph deep = RandomGraphs.of(1, 20_000);

        assertThat(rewritten(deep).nodes().size()).isLessThan(deep.nodes().size());
        assertThat(new Precision(PrecisionOptions.DEFAULTS).run(deep).nodes()).isNotEmpty();
    }

    private static Graph rewritten(Graph graph) {
        Graph result = graph;
        for (Pass pass : Rewrites.standard()) {
            result = Verifier.check(pass.run(result));
        }
        return result;
    }
}
