package org.rduzoo.backend.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rduzoo.backend.SampleGraphs;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.arch.Quantity;
import org.rduzoo.backend.arch.TensorParallel;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.backend.section.SectionPlan;
import org.rduzoo.ir.Graph;

/// What must hold of any prediction, on graphs of random shapes.
class InvariantsTest {

    /// Cuts are chosen by a rougher model than the one that times them, and places that are within half a percent of
    /// what
    /// they could be at best are not searched further.
    private static final double SLACK = 1.01;

    record Case(int seed, Graph graph) {

        @Override
        public String toString() {
            return graph.name() + " " + seed + " of " + graph.nodes().size() + " nodes";
        }
    }

    private static final List<Case> GRAPHS =
            IntStream.range(0, 8).mapToObj(InvariantsTest::random).toList();

    static List<Case> graphs() {
        return GRAPHS;
    }

    private static Case random(int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int layers = random.nextInt(1, 9);
        int heads = 1 << random.nextInt(2, 6);
        int hidden = heads * (32 << random.nextInt(0, 3));
        int tokens = 1 << random.nextInt(0, 11);
        return new Case(
                seed,
                switch (seed % 3) {
                    case 0 -> SampleGraphs.encoder(layers, hidden, heads, random.nextInt(1, 9), Math.max(8, tokens));
                    case 1 ->
                        SampleGraphs.decoder("decoder", layers, hidden, heads, heads / 2, 3 * hidden, tokens, 32000);
                    default -> SampleGraphs.training(layers, hidden, random.nextBoolean());
                });
    }

    private record Asked(Graph graph, Deployment deployment, OptLevel level) {}

    /// Several properties ask for the same.
    private static final Map<Asked, Prediction> PREDICTED = new HashMap<>();

    private static Prediction predict(Graph graph, Arch arch, int tiles, OptLevel level) {
        return predict(graph, Deployment.of(arch, tiles), level);
    }

    private static Prediction predict(Graph graph, Deployment deployment, OptLevel level) {
        return PREDICTED.computeIfAbsent(new Asked(graph, deployment, level), _ -> {
            SectionPlan plan = Planner.plan(graph, deployment, level);
            return CostModel.predict(graph, plan, deployment, Conditions.of(deployment.arch()));
        });
    }

    private static Quantity times(Quantity q, double n) {
        return new Quantity(n * q.value(), n * q.low(), n * q.high(), q.unit(), q.source(), q.note());
    }

    private static Arch withMemories(Arch a, UnaryOperator<Arch.Memory> change) {
        return new Arch(
                a.key(),
                a.name(),
                a.fabric(),
                a.pcu(),
                a.pmu(),
                a.memories().stream().map(change).toList(),
                a.links(),
                a.launch(),
                a.operators());
    }

    @ParameterizedTest
    @MethodSource("graphs")
    void moreBandwidthIsNeverSlower(Case c) {
        for (String key : Arch.keys()) {
            Arch arch = Arch.of(key);
            Arch faster = withMemories(
                    arch,
                    m -> new Arch.Memory(
                            m.name(), m.capacity(), times(m.stream(), 2), times(m.random(), 2), m.sustained()));
            for (OptLevel level : OptLevel.values()) {
                assertThat(predict(c.graph, faster, arch.tiles(), level).seconds())
                        .as("%s %s", key, level)
                        .isLessThanOrEqualTo(SLACK
                                * predict(c.graph, arch, arch.tiles(), level).seconds());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("graphs")
    void fasterMemoryUnitsAndLinksAreNeverSlowerAndSlowOnesCount(Case c) {
        Arch arch = Arch.of("sn30");
        SectionPlan plan = SectionPlan.cut(c.graph, Deployment.of(arch, 4), OptLevel.O1);
        double before = Double.POSITIVE_INFINITY;
        for (double times : new double[] {1 / 64.0, 1 / 8.0, 1, 8}) {
            Deployment deployment = Deployment.of(withWithin(arch, times), 4);
            Prediction p = CostModel.predict(c.graph, plan, deployment, Conditions.of(arch));
            assertThat(p.seconds()).isLessThanOrEqualTo(SLACK * before);
            before = p.seconds();
            Set<Bound> bounds = p.secondsByBound().keySet();
            assertThat(times > 0.1 || bounds.contains(Bound.PMU) || bounds.contains(Bound.MESH))
                    .as("bounds %s where units and links are slow", bounds)
                    .isTrue();
        }
    }

    /// With memory units and links so many times as fast.
    private static Arch withWithin(Arch a, double times) {
        Arch.Fabric f = a.fabric();
        Arch.Pmu p = a.pmu();
        return new Arch(
                a.key(),
                a.name(),
                new Arch.Fabric(
                        f.tiles(),
                        f.pcus(),
                        f.pmus(),
                        f.clock(),
                        f.peakBf16(),
                        f.fp32Rate(),
                        f.int8Rate(),
                        f.sustained(),
                        f.columns(),
                        times(f.linkBytes(), times)),
                a.pcu(),
                new Arch.Pmu(p.bytes(), p.banks(), times(p.bytesPerCycle(), times), p.bankConflict()),
                a.memories(),
                a.links(),
                a.launch(),
                a.operators());
    }

    @ParameterizedTest
    @MethodSource("graphs")
    void moreTilesAreNeverSlower(Case c) {
        for (String key : Arch.keys()) {
            Arch arch = Arch.of(key);
            for (OptLevel level : OptLevel.values()) {
                double before = Double.POSITIVE_INFINITY;
                for (int tiles = 1; tiles <= arch.tiles(); tiles++) {
                    double seconds = predict(c.graph, arch, tiles, level).seconds();
                    assertThat(seconds)
                            .as("%d tiles of %s at %s", tiles, key, level)
                            .isLessThanOrEqualTo(SLACK * before);
                    before = Math.min(before, seconds);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("graphs")
    void higherLevelsMoveNoMoreBytesAndAreNoSlower(Case c) {
        for (String key : Arch.keys()) {
            Arch arch = Arch.of(key);
            List<Prediction> levels = new ArrayList<>();
            for (OptLevel level : OptLevel.values()) {
                levels.add(predict(c.graph, arch, arch.tiles(), level));
            }
            for (int i = 1; i < levels.size(); i++) {
                assertThat(levels.get(i).traffic().memory())
                        .isLessThanOrEqualTo(levels.get(i - 1).traffic().memory());
            }
            assertThat(levels.getLast().seconds())
                    .isLessThanOrEqualTo(SLACK * levels.get(1).seconds());
        }
    }

    @ParameterizedTest
    @MethodSource("graphs")
    void chipsThatShareAGraphEachHaveLessOfIt(Case c) {
        Arch arch = Arch.of("sn40");
        Prediction one = predict(c.graph, Deployment.of(arch, 2), OptLevel.O3);
        for (TensorParallel parallel : List.of(TensorParallel.WEIGHT, TensorParallel.BATCH)) {
            for (int chips : new int[] {2, 8}) {
                Prediction all = predict(c.graph, new Deployment(arch, 2, chips, parallel), OptLevel.O3);
                assertThat(all.flops()).isLessThanOrEqualTo(one.flops());
                assertThat((double) all.flops() * chips).isGreaterThanOrEqualTo(one.flops() * 0.99);
                assertThat(all.traffic().weights())
                        .isLessThanOrEqualTo(one.traffic().weights());
                assertThat(all.time().peer()).isNotNegative();
            }
        }
    }

    @Test
    void sharingWeightsCostsTwoReductionsALayer() {
        Graph graph = SampleGraphs.decoder("decode", 4, 1024, 16, 8, 4096, 1, 32000);
        Deployment deployment = new Deployment(Arch.of("sn40"), 2, 8, TensorParallel.WEIGHT);
        Prediction p = predict(graph, deployment, OptLevel.O3);
        // A looked-up row and the logits are gathered; a reduction of some KiB takes three messages, one after the
        // other.
        double message = Parameter.PEER_LATENCY.of(deployment.arch()).value();
        assertThat(p.time().peer()).isBetween((2 * 4 + 2) * 3 * message, (2 * 4 + 2) * 3 * message * 1.1);
        Prediction alone = predict(graph, Deployment.of(Arch.of("sn40"), 2), OptLevel.O3);
        assertThat((double) p.traffic().weights()).isCloseTo(alone.traffic().weights() / 8.0, withinPercentage(0.5));
        assertThat(alone.time().peer()).isZero();
    }

    @ParameterizedTest
    @MethodSource("graphs")
    void fp32IsNoFasterThanBf16(Case c) {
        // Products of the encoder are f32, those of the decoder bf16: the same work in pieces of twice the cycles.
        for (SectionPrediction s :
                predict(c.graph, Arch.of("sn40"), 2, OptLevel.O3).sections()) {
            double peak = 638e12;
            assertThat(s.flops() / peak)
                    .isLessThanOrEqualTo(s.busy().pipeline() + s.busy().longest() + 1e-12);
        }
    }
}
