package org.rduzoo.backend.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rduzoo.backend.SampleGraphs;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.cost.MemoryPlan.Region;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.backend.section.SectionPlan;
import org.rduzoo.ir.Graph;

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
}
