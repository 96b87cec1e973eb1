package org.rduzoo.backend.section;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.rduzoo.backend.SampleGraphs;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Elementwise;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphBuilder;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.Value;

class SectionPlanTest {

    record Case(String name, Graph graph, String arch, int tiles) {
        SectionPlan cut(OptLevel level) {
            return SectionPlan.cut(graph, Arch.of(arch), level, tiles);
        }

        @Override
        public String toString() {
            return name + " on " + tiles + " tiles of " + arch;
        }
    }

    static Stream<Case> cases() {
        Map<String, Graph> graphs = Map.of(
                "minilm", SampleGraphs.encoder(6, 384, 12, 2, 128),
                "bert-large", SampleGraphs.encoder(24, 1024, 16, 4, 512),
                "decode-8b", SampleGraphs.decoder("decode", 32, 4096, 32, 8, 14336, 1, 128256),
                "prefill-70b", SampleGraphs.decoder("prefill", 80, 8192, 64, 8, 28672, 2048, 128256),
                "training", SampleGraphs.training(6, 512, false),
                "large training", SampleGraphs.training(10, 8192, false));
        return graphs.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .flatMap(e -> Stream.of(
                        new Case(e.getKey(), e.getValue(), "sn40", 2),
                        new Case(e.getKey(), e.getValue(), "sn30", 8),
                        new Case(e.getKey(), e.getValue(), "sn10", 1)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void everyNodeIsInOneSectionThatRunsAfterWhatItReads(Case c) {
        for (OptLevel level : OptLevel.values()) {
            Set<Integer> values =
                    c.graph.inputs().stream().map(i -> i.value().number()).collect(Collectors.toSet());
            List<Integer> nodes = new ArrayList<>();
            for (Section s : c.cut(level).sections()) {
                assertThat(values.containsAll(s.in())).isTrue();
                for (int n : s.nodes()) {
                    Node node = c.graph.nodes().get(n);
                    assertThat(node.section()).isEqualTo(s.type());
                    assertThat(values.containsAll(
                                    node.operands().stream().map(Value::number).toList()))
                            .isTrue();
                    node.results().forEach(v -> values.add(v.number()));
                    nodes.add(n);
                }
                assertThat(values.containsAll(s.out())).isTrue();
            }
            assertThat(nodes).doesNotHaveDuplicates().hasSameSizeAs(c.graph.nodes());
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aSectionReadsOnlyWhatCameInOrWasMadeInIt(Case c) {
        for (OptLevel level : OptLevel.values()) {
            for (Section s : c.cut(level).sections()) {
                Set<Integer> known = new HashSet<>(s.in());
                for (int n : s.nodes()) {
                    Node node = c.graph.nodes().get(n);
                    assertThat(known.containsAll(
                                    node.operands().stream().map(Value::number).toList()))
                            .isTrue();
                    node.results().forEach(v -> known.add(v.number()));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void sectionsFitTheTilesOrStreamASingleOperation(Case c) {
        Arch arch = Arch.of(c.arch);
        for (OptLevel level : OptLevel.values()) {
            for (Section s : c.cut(level).sections()) {
                assertThat(s.pcus()).isBetween(0, arch.pcus(c.tiles));
                assertThat(s.pmus()).isBetween(1, arch.pmus(c.tiles));
                assertThat(s.pmuBytes()).isBetween(1L, arch.sramBytes(c.tiles));
                assertThat(s.flops()).isNotNegative();
                assertThat(s.traffic()).isPositive();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void higherLevelsMoveNoMoreBytesAndComputeTheSame(Case c) {
        SectionPlan o0 = c.cut(OptLevel.O0);
        SectionPlan o1 = c.cut(OptLevel.O1);
        SectionPlan o3 = c.cut(OptLevel.O3);
        assertThat(o3.traffic()).isLessThanOrEqualTo(o1.traffic());
        assertThat(o1.traffic()).isLessThan(o0.traffic());
        assertThat(o3.sections()).hasSizeLessThanOrEqualTo(o1.sections().size());
        assertThat(o1.sections()).hasSizeLessThan(o0.sections().size());
        long flops = c.graph.nodes().stream().mapToLong(OpCost::flops).sum();
        assertThat(List.of(o0.flops(), o1.flops(), o3.flops())).containsOnly(flops);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theSameGraphIsCutTheSameAndReadBackTheSame(Case c) {
        for (OptLevel level : OptLevel.values()) {
            SectionPlan plan = c.cut(level);
            assertThat(c.cut(level)).isEqualTo(plan);
            List<List<Integer>> nodes = SectionText.parseNodes(
                            plan.toString(), c.graph.nodes().size())
                    .orElseThrow();
            assertThat(SectionPlan.of(c.graph, Deployment.of(Arch.of(c.arch), c.tiles), level, nodes))
                    .isEqualTo(plan);
        }
    }

    @ParameterizedTest
    @EnumSource(OptLevel.class)
    void identicalLayersShareProgramsAtEveryLevel(OptLevel level) {
        Graph graph = SampleGraphs.decoder("decode", 80, 8192, 64, 8, 28672, 1, 128256);
        SectionPlan plan = SectionPlan.cut(graph, Arch.of("sn40"), level, 2);
        Map<Integer, Long> runs =
                plan.sections().stream().collect(Collectors.groupingBy(Section::program, Collectors.counting()));
        int often = plan.sections().stream()
                .filter(s -> Objects.requireNonNull(runs.get(s.program())) > 10)
                .mapToInt(s -> s.nodes().size())
                .sum();
        assertThat(often).isGreaterThan(graph.nodes().size() * 9 / 10);
        assertThat(plan.programs()).isLessThan(30);
    }

    @Test
    void layersAreCutAlikeWhereSeveralFitIntoASectionAndWhereNoneDoes() {
        for (Case c : List.of(
                new Case("several", SampleGraphs.encoder(24, 1024, 16, 4, 512), "sn40", 2),
                new Case("one", SampleGraphs.encoder(12, 768, 12, 4, 512), "sn10", 1),
                new Case("none", SampleGraphs.encoder(9, 1024, 16, 4, 512), "sn10", 1))) {
            SectionPlan plan = c.cut(OptLevel.O3);
            Map<Integer, Long> runs =
                    plan.sections().stream().collect(Collectors.groupingBy(Section::program, Collectors.counting()));
            assertThat(runs.values().stream().mapToLong(n -> n).max().orElse(0))
                    .as("%s: runs of each program %s", c.name, runs)
                    .isGreaterThanOrEqualTo(2);
            assertThat(plan.traffic()).isLessThanOrEqualTo(c.cut(OptLevel.O1).traffic());
        }
    }

    @Test
    void aPatternIsASectionAtO1() {
        Graph graph = SampleGraphs.decoder("decode", 4, 512, 8, 2, 1024, 16, 1000);
        List<List<String>> paths = SectionPlan.cut(graph, Arch.of("sn40"), OptLevel.O1, 2).sections().stream()
                .map(s -> s.nodes().stream()
                        .map(n -> graph.nodes().get(n).path())
                        .distinct()
                        .toList())
                .toList();
        assertThat(paths.get(1))
                .contains(
                        "model.layers.0.post_attention_layernorm",
                        "model.layers.0.mlp.gate_proj",
                        "model.layers.0.mlp.down_proj")
                .doesNotContain("model.layers.1.input_layernorm");
        assertThat(paths.get(2))
                .contains(
                        "model.layers.1.input_layernorm",
                        "model.layers.1.self_attn.q_proj",
                        "model.layers.1.self_attn.o_proj")
                .doesNotContain("model.layers.1.mlp.gate_proj");
        assertThat(paths).hasSize(9);
        assertThat(paths.getLast()).containsExactly("model.norm", "lm_head");
    }

    @Test
    void whatPreparesParametersDoesNotBreakAPattern() {
        Graph graph = SampleGraphs.encoder(6, 384, 12, 2, 128);
        SectionPlan plan = SectionPlan.cut(graph, Arch.of("sn40"), OptLevel.O1, 2);
        assertThat(plan.sections()).hasSize(12);
        assertThat(plan.programs()).isLessThanOrEqualTo(4);
        List<Integer> pmus = plan.sections().stream().map(Section::pmus).toList();
        assertThat(pmus.get(9))
                .as("layers ask for the same wherever they stand")
                .isEqualTo(pmus.get(3));
    }

    @Test
    void aSmallModelIsOneSectionAtO3() {
        SectionPlan plan = SectionPlan.cut(SampleGraphs.encoder(6, 64, 4, 8, 128), Arch.of("sn40"), OptLevel.O3, 2);
        assertThat(plan.sections()).hasSize(1);
        assertThat(plan.sections().getFirst().bytesOut()).isEqualTo(2 * (8 * 128 * 64 * 4));
    }

    @Test
    void anOperationTooLargeForTheChipIsStreamed() {
        Graph graph = SampleGraphs.decoder("prefill", 2, 8192, 64, 8, 28672, 512, 128256);
        for (OptLevel level : OptLevel.values()) {
            Section head =
                    SectionPlan.cut(graph, Arch.of("sn40"), level, 2).sections().getLast();
            assertThat(head.streamed()).isTrue();
            assertThat(head.weightBytes()).isEqualTo(2L * 8192 * 128256);
            assertThat(head.pmus()).isEqualTo(1040);
        }
    }

    @Test
    void sectionTypesAreApartEvenWhenTheGraphInterleavesThem() {
        Graph graph = SampleGraphs.training(5, 256, true);
        for (OptLevel level : OptLevel.values()) {
            List<SectionType> types = SectionPlan.cut(graph, Arch.of("sn30"), level, 8).sections().stream()
                    .map(Section::type)
                    .toList();
            assertThat(types)
                    .isSorted()
                    .contains(SectionType.FWD, SectionType.BCKWD, SectionType.GRADNORM, SectionType.OPT);
        }
    }

    @Test
    void plansThatBreakTheirPromisesAreRefused() {
        Graph graph = SampleGraphs.training(2, 16, false);
        int n = graph.nodes().size();
        List<Integer> all = Stream.iterate(0, i -> i + 1).limit(n).toList();
        Map<String, List<List<Integer>>> broken = Map.of(
                "mixes FWD and BCKWD", List.of(all),
                "nodes are in no section", List.of(all.subList(0, 2)),
                "in two sections", List.of(List.of(0, 0)),
                "or not in the graph", List.of(List.of(n)),
                "is empty", List.of(List.of(), all),
                "before it is made", List.of(all.reversed()));
        broken.forEach((message, sections) -> assertThatThrownBy(
                        () -> SectionPlan.of(graph, Deployment.of(Arch.of("sn30"), 8), OptLevel.O3, sections))
                .hasMessageContaining(message));
        Graph large = SampleGraphs.training(2, 16384, false);
        assertThatThrownBy(() -> SectionPlan.of(
                        large,
                        Deployment.of(Arch.of("sn30"), 1),
                        OptLevel.O3,
                        List.of(List.of(0, 1), all.subList(2, n))))
                .hasMessageContaining("section 0 needs 2 PCUs and");
    }

    @Test
    void textThatIsNoPlanIsNotRead() {
        String good = SectionPlan.cut(SampleGraphs.training(2, 16, false), Arch.of("sn30"), OptLevel.O1, 8)
                .toString();
        assertThat(SectionText.parseNodes(good, 19)).isPresent();
        for (String bad : List.of("0-2000000000", "-1", "1-0", "x", "", "0-4 0-15 0-15", "99999999999")) {
            assertThat(SectionText.parseNodes(good.replaceFirst("nodes [^p]+ pcus", "nodes " + bad + " pcus"), 19))
                    .as(bad)
                    .isEmpty();
        }
    }

    @Test
    void theTextShowsALineASection() {
        Graph graph = SampleGraphs.training(1, 64, false);
        assertThat(SectionPlan.cut(graph, Arch.of("sn30"), OptLevel.O3, 8).toString())
                .isEqualTo("""
                        sections o3 sn30 tiles 8
                        section 0 fwd program 0 nodes 0 pcus 22 pmus 5 sram 49152 flops 524288 in 16384 out 16384 weights 16384
                        section 1 bckwd program 1 nodes 1-4 pcus 44 pmus 9 sram 98304 flops 1048576 in 32768 out 16384 weights 16384
                        section 2 gradnorm program 2 nodes 5-7 pcus 129 pmus 8 sram 16408 flops 4097 in 16384 out 4 weights 0
                        section 3 opt program 3 nodes 8-9 pcus 256 pmus 9 sram 65544 flops 8192 in 16388 out 16384 weights 16384
                        """);
    }

    @Test
    void layersThatDropOutOtherElementsShareAProgram() {
        GraphBuilder builder = new GraphBuilder("layers");
        Value seed = builder.input("seed", Graph.Kind.INPUT, Type.of(DType.I64));
        Value probability = builder.input("probability", Graph.Kind.INPUT, Type.of(DType.F32));
        Value x = builder.input("x", Graph.Kind.INPUT, Type.of(DType.F32, 64, 32));
        for (int layer = 0; layer < 5; layer++) {
            x = builder.add(new Elementwise.Dropout(x, seed, probability, layer), "", SectionType.FWD)
                    .getFirst();
        }
        builder.output("y", x);
        SectionPlan plan = SectionPlan.cut(builder.build(), Arch.of("sn30"), OptLevel.O0, 1);
        // The first takes an input of the graph.
        assertThat(plan.sections().stream().map(Section::program)).containsExactly(0, 1, 1, 1, 1);
    }
}
