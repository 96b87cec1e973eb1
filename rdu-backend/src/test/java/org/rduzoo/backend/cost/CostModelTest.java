package org.rduzoo.backend.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rduzoo.backend.SampleGraphs;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.cost.MemoryPlan.Region;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.backend.section.SectionPlan;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphBuilder;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Positional;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.Value;

class CostModelTest {

    record Case(String name, Graph graph, Deployment deployment) {

        Prediction predict(OptLevel level) {
            SectionPlan plan = Planner.plan(graph, deployment, level);
            return CostModel.predict(graph, plan, deployment, Conditions.of(deployment.arch()));
        }

        @Override
        public String toString() {
            return name + " on " + deployment.tiles() + " tiles of "
                    + deployment.arch().key();
        }
    }

    @Test
    void sectionsOfANewerChipSeeNoSlowerMemory() {
        List<Double> streams = Stream.of("sn10", "sn30", "sn40")
                .map(key -> Parameter.MEMORY_STREAM.of(Arch.of(key)).value())
                .toList();
        assertThat(streams).isSorted();
    }

    static Stream<Case> cases() {
        Map<String, Graph> graphs = Map.of(
                "minilm", SampleGraphs.encoder(6, 384, 12, 2, 128),
                "decode", SampleGraphs.decoder("decode", 6, 4096, 32, 8, 14336, 1, 128256),
                "prefill", SampleGraphs.decoder("prefill", 6, 4096, 32, 8, 14336, 512, 128256),
                "training", SampleGraphs.training(6, 512, false),
                "large training", SampleGraphs.training(10, 8192, false));
        return graphs.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .flatMap(e -> Stream.of(
                        new Case(e.getKey(), e.getValue(), Deployment.of(Arch.of("sn10"), 1)),
                        new Case(e.getKey(), e.getValue(), Deployment.of(Arch.of("sn30"), 8)),
                        new Case(e.getKey(), e.getValue(), Deployment.of(Arch.of("sn40"), 2))));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void partsAddUpToTheWholeAndNothingIsNegative(Case c) {
        for (OptLevel level : OptLevel.values()) {
            Prediction p = c.predict(level);
            double sum = p.host();
            double next = p.host();
            for (SectionPrediction s : p.sections()) {
                assertThat(s.start()).isCloseTo(next, within(1e-12 + 1e-9 * next));
                next += s.seconds();
                sum += s.seconds();
                SectionTime t = s.time();
                assertThat(t.seconds()).isPositive();
                assertThat(Stream.of(t.launch(), t.programLoad(), t.argumentLoad(), t.edges(), t.execution(), t.peer()))
                        .allMatch(x -> x >= 0 && Double.isFinite(x));
                assertThat(t.execution()).isEqualTo(s.busy().longest());
            }
            assertThat(p.seconds()).isCloseTo(sum, within(1e-9 * sum));
            assertThat(p.secondsByBound().values().stream().mapToDouble(x -> x).sum())
                    .isCloseTo(sum, within(1e-9 * sum));
            assertThat(p.lowSeconds()).isPositive().isLessThanOrEqualTo(p.seconds());
            assertThat(p.highSeconds()).isGreaterThanOrEqualTo(p.seconds());
            assertThat(p.utilisation()).isBetween(0.0, 1.0);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void unitsAndBytesStayWithinTheChip(Case c) {
        for (OptLevel level : OptLevel.values()) {
            for (SectionPrediction s : c.predict(level).sections()) {
                assertThat(s.layout().pcus()).isBetween(0, c.deployment.pcus());
                assertThat(s.layout().pmus()).isBetween(1, c.deployment.pmus());
                assertThat(s.traffic().memory()).isEqualTo(s.section().traffic());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void regionsThatLiveAtTheSameTimeDoNotOverlap(Case c) {
        Prediction p = c.predict(OptLevel.O3);
        List<Region> regions = p.memory().regions();
        for (Region a : regions) {
            MemoryPlan.Level level = Objects.requireNonNull(p.memory().levels().get(a.level()));
            assertThat(a.address() + a.bytes()).isLessThanOrEqualTo(level.peak());
            assertThat(level.peak()).isLessThanOrEqualTo(level.capacity());
            for (Region b : regions) {
                boolean apart = a.equals(b)
                        || !a.level().equals(b.level())
                        || a.lastSection() < b.firstSection()
                        || b.lastSection() < a.firstSection()
                        || a.address() + a.bytes() <= b.address()
                        || b.address() + b.bytes() <= a.address();
                assertThat(apart).as("%s and %s", a, b).isTrue();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theSlowestStageIsCriticalAndEachHasItsUnits(Case c) {
        for (SectionLayout layout : c.predict(OptLevel.O3).layouts().values()) {
            double slowest = layout.stages().stream()
                    .mapToDouble(s -> s.times().seconds())
                    .max()
                    .orElse(0);
            for (Stage s : layout.stages()) {
                assertThat(s.critical()).isEqualTo(s.times().seconds() >= slowest);
            }
            assertThat(layout.stages().stream().mapToInt(Stage::pcus).sum()).isEqualTo(layout.pcus());
            assertThat(layout.tiles()).isBetween(1.0, 256.0);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theWholeGraphIsComputedAtEveryLevel(Case c) {
        long flops = c.predict(OptLevel.O0).flops();
        assertThat(Arrays.stream(OptLevel.values()).map(l -> c.predict(l).flops()))
                .containsOnly(flops);
    }

    @Test
    void aStepReadsOfItsCacheTheBlocksThatAreInUse() {
        Deployment deployment = Deployment.of(Arch.of("sn40"), 2);
        Graph graph = stepWithACache();
        for (OptLevel level : OptLevel.values()) {
            SectionPlan plan = Planner.plan(graph, deployment, level);
            Conditions full = Conditions.of(deployment.arch());
            long all = bytes(graph, plan, deployment, full);
            long quarter = bytes(graph, plan, deployment, full.withKeys(1000));
            // Keys and values, two bytes each.
            assertThat(all - quarter).as("%s", level).isEqualTo(2L * 2 * 16 * 64 * (4096 - 1024));
        }
    }

    /// One token of a text whose cache has 4096 places, 16 heads of 64.
    private static Graph stepWithACache() {
        GraphBuilder builder = new GraphBuilder("decode");
        Value row = builder.input("row", Graph.Kind.INPUT, Type.of(DType.BF16, 1, 16, 1, 64));
        Value start = builder.input("start", Graph.Kind.INPUT, Type.of(DType.I64, 1));
        Value valid = builder.input("valid", Graph.Kind.INPUT, Type.of(DType.I64, 1));
        List<Value> caches = new ArrayList<>();
        for (String name : List.of("keys", "values")) {
            Value cache = builder.input(name, Graph.Kind.STATE, Type.of(DType.BF16, 1, 16, 4096, 64));
            Op write = new Positional.CacheWrite(cache, row, start, valid);
            caches.add(builder.add(write, "", SectionType.FWD).getFirst());
            builder.output("new " + name, caches.getLast(), Optional.of(name));
        }
        Op attention = new Product.Attention(
                row,
                caches.getFirst(),
                caches.getLast(),
                Optional.of(start),
                Optional.of(valid),
                Optional.empty(),
                Optional.empty(),
                true,
                0,
                0.125,
                DType.F32);
        builder.output("out", builder.add(attention, "", SectionType.FWD).getFirst());
        return builder.build();
    }

    private static long bytes(Graph graph, SectionPlan plan, Deployment deployment, Conditions conditions) {
        return CostModel.predict(graph, plan, deployment, conditions).traffic().memory();
    }
}
