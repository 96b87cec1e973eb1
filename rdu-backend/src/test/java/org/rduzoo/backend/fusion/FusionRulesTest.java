package org.rduzoo.backend.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rduzoo.backend.SampleGraphs;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.backend.section.SectionPlan;
import org.rduzoo.ir.Graph;
import org.rduzoo.samba.UserError;

class FusionRulesTest {

    private static final String TWO = """
            gpt2_qkv:                # rule name
              priority: 3
              heuristic: {name: SAFE_GEMM, tp_dim: Auto}
              pattern:
                layer_norm: {op_type: layer_norm, child: lin1}
                lin1:       {op_type: linear, children: [act0]}
                act0:       {op_type: [relu, gelu], required: false, included: false}
            base_gemm:
              pattern:
                gemm: {op_type: linear}
            """;

    @Test
    void aFileInSambaFlowsSyntaxIsRead() {
        FusionRules rules = FusionRules.parse("x.yaml", TWO);
        assertThat(rules.rules()).extracting(FusionRule::name).containsExactly("gpt2_qkv", "base_gemm");
        FusionRule rule = rules.rules().getFirst();
        assertThat(rule.priority()).isEqualTo(3);
        assertThat(rule.heuristic()).isEqualTo("SAFE_GEMM");
        assertThat(rule.root().ops()).containsExactly("layer_norm");
        assertThat(rule.readers(rule.node("lin1"))).containsExactly("act0");
        assertThat(rule.node("act0"))
                .isEqualTo(new PatternNode("act0", List.of("relu", "gelu"), List.of(), List.of(), false, false));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a: [1, 2]|rule a should be keys with values",
                "a: {priorty: 1}|rule a has the key priorty, which there is none of. Did you mean priority?",
                "a: {pattern: {x: {op_type: add, child: y}}}|rule a: x names y, which the pattern does not have",
                "a: {pattern: {x: {child: x}}}|rule a, operation x has no op_type",
                "a: {priority: high, pattern: {x: {op_type: add}}}|priority is high, but must be a whole number",
                "a: {pattern: {x: {op_type: add, required: maybe}}}|maybe should be true or false",
                "a: {|x.yaml is no YAML",
                "3|the file should be keys with values"
            })
    void whatIsNoRuleSaysWhere(String yaml, String message) {
        assertThatThrownBy(() -> FusionRules.parse("x.yaml", yaml))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(message)
                .hasMessageStartingWith("x.yaml");
    }

    @Test
    void rulesOfAFileReplaceThoseOfTheSameName() {
        FusionRules own = FusionRules.parse("x.yaml", "mlp: {priority: 99, pattern: {x: {op_type: linear}}}");
        FusionRules all = FusionRules.builtIn().with(own);
        assertThat(all.rules()).hasSameSizeAs(FusionRules.builtIn().rules());
        assertThat(all.rules().getFirst())
                .isEqualTo(own.rules().getFirst())
                .extracting(FusionRule::name)
                .isEqualTo("mlp");
    }

    private static List<List<String>> paths(Graph graph, FusionRules rules) {
        return SectionPlan.cut(graph, Deployment.of(Arch.of("sn40"), 2), OptLevel.O1, rules).sections().stream()
                .map(s -> s.nodes().stream()
                        .map(n -> graph.nodes().get(n).path())
                        .filter(p -> p.contains("proj"))
                        .map(p -> p.substring(p.lastIndexOf('.') + 1))
                        .distinct()
                        .toList())
                .filter(p -> !p.isEmpty())
                .toList();
    }

    @Test
    void theBuiltInRulesMakeAttentionAndFeedForwardASectionEach() {
        Graph graph = SampleGraphs.decoder("decode", 3, 512, 8, 2, 1024, 16, 1000);
        assertThat(paths(graph, FusionRules.builtIn()).stream().distinct())
                .containsExactly(
                        List.of("q_proj", "k_proj", "v_proj", "o_proj"), List.of("gate_proj", "up_proj", "down_proj"));
    }

    @Test
    void aRuleOfTheUserCutsElsewhere() {
        Graph graph = SampleGraphs.decoder("decode", 3, 512, 8, 2, 1024, 16, 1000);
        FusionRules rules = FusionRules.parse("x.yaml", """
                gate_up:
                  priority: 100
                  pattern:
                    norm: {op_type: rms_norm, children: [gate, up]}
                    gate: {op_type: linear, child: act}
                    act:  {op_type: silu, child: product}
                    up:   {op_type: linear, child: product}
                    product: {op_type: mul}
                """);
        assertThat(paths(graph, FusionRules.builtIn().with(rules)))
                .contains(List.of("gate_proj", "up_proj"))
                .doesNotContain(List.of("gate_proj", "up_proj", "down_proj"));
    }

    @Test
    void whateverTheRulesSectionsCoverTheGraphAndMoveNoMoreThanSingleOperations() {
        Graph graph = SampleGraphs.encoder(4, 256, 4, 4, 64);
        Deployment deployment = Deployment.of(Arch.of("sn10"), 4);
        long single = SectionPlan.cut(graph, deployment, OptLevel.O0).traffic();
        FusionRules odd = FusionRules.parse("x.yaml", """
                far:
                  priority: 100
                  pattern:
                    a: {op_type: linear, match_first_option: [b, c]}
                    b: {op_type: softmax, child: d}
                    c: {op_type: gelu, child: d}
                    d: {op_type: linear}
                """);
        Stream.of(FusionRules.none(), odd, FusionRules.builtIn().with(odd)).forEach(rules -> {
            SectionPlan plan = SectionPlan.cut(graph, deployment, OptLevel.O1, rules);
            assertThat(plan.sections().stream().mapToInt(s -> s.nodes().size()).sum())
                    .isEqualTo(graph.nodes().size());
            assertThat(plan.traffic()).isLessThanOrEqualTo(single);
        });
    }
}
