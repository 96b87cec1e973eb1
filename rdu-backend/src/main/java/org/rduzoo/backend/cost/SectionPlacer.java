package org.rduzoo.backend.cost;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.section.StageBuffer;
import org.rduzoo.backend.section.StageNode;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Ops;

/// Gives the stages and buffers of a section their units, puts them on the mesh, and says what each stage takes there.
///
/// Where the section would wait for a link, streams are taken apart, as long as that helps: buffers get more memory
/// units than their bandwidth asks for; then stages whose own streams are too thick get more compute units.
final class SectionPlacer {

    /// How often buffers are spread over twice as many units.
    private static final int SPREADS = 6;

    /// How often stages get more units after that.
    private static final int GROWTHS = 3;

    /// A section that takes so many times as long as without a mesh does not wait for it to speak of.
    private static final double CLOSE = 1.005;

    private final Graph graph;
    private final Deployment deployment;
    private final FloorPlan.Grid grid;
    private final Map<Key, SectionLayout> placed = new HashMap<>();
    private final Map<Units, FloorPlan.Laid> laid = new HashMap<>();

    /// All that a layout depends on.
    ///
    /// @param memory seconds that the memories off the fabric take
    /// @param sustained cycles a second that units compute in
    /// @param pmu bytes a second that a memory unit takes in
    /// @param link bytes a second over a link
    private record Key(int program, double memory, double sustained, double pmu, double link) {}

    /// All that a floor plan depends on.
    ///
    /// @param pcus by stage
    /// @param pmus by buffer
    private record Units(int program, List<Integer> pcus, List<Integer> pmus) {

        static Units of(int program, int[] pcus, List<StageBuffer> buffers) {
            List<Integer> byStage = Arrays.stream(pcus).boxed().toList();
            return new Units(
                    program, byStage, buffers.stream().map(StageBuffer::pmus).toList());
        }
    }

    SectionPlacer(Graph graph, Deployment deployment) {
        this.graph = graph;
        this.deployment = deployment;
        grid = FloorPlan.Grid.of(deployment);
    }

    /// @param memory seconds that the memories off the fabric take: no stage need be faster than they are
    SectionLayout place(int program, List<StageNode> stages, List<StageBuffer> buffers, Rates rates, double memory) {
        double clock = deployment.arch().fabric().clock().value();
        Key key = new Key(
                program,
                memory,
                clock * rates.get(Parameter.SUSTAINED),
                clock * rates.get(Parameter.PMU_BYTES) / rates.get(Parameter.BANK_CONFLICT),
                clock * rates.get(Parameter.LINK_BYTES));
        return placed.computeIfAbsent(key, k -> place(stages, buffers, k));
    }

    private SectionLayout place(List<StageNode> stages, List<StageBuffer> buffers, Key key) {
        int[] fewest = new int[stages.size()];
        double target = key.memory;
        double enough = 0;
        double spread = 1;
        SectionLayout best = null;
        for (int round = 0; round < SPREADS + GROWTHS; round++) {
            Allocation a = Allocation.of(stages, fewest, deployment.pcus(), target * key.sustained);
            if (round == 0) {
                enough = Math.max(key.memory, a.pipeline() / key.sustained) * CLOSE;
            } else if (Arrays.stream(a.pcus()).sum() > deployment.pcus()) {
                break;
            }
            double faster = round < SPREADS ? 1 << round : spread;
            SectionLayout layout = place(stages, buffers, a, key, faster);
            if (best == null || layout.seconds() < best.seconds()) {
                best = layout;
                spread = faster;
            } else if (round >= SPREADS) {
                break;
            }
            if (layout.seconds() <= enough) {
                break;
            }
            target *= enough / layout.seconds();
            if (round >= SPREADS - 1) {
                grow(best, enough, fewest);
            }
        }
        return Objects.requireNonNull(best);
    }

    /// More compute units for the stages whose own streams they would wait for.
    private void grow(SectionLayout layout, double enough, int[] fewest) {
        for (Stage s : layout.stages()) {
            // With few tiles stages wait for each other, and each counts; with many the slowest alone.
            double slow = Math.max(s.times().compute(), enough * (1 - 1 / layout.tiles()));
            if (s.times().mesh() > slow) {
                double wanted = Math.ceil(s.pcus() * s.times().mesh() / slow);
                fewest[s.id()] = (int) Math.min(deployment.pcus(), wanted);
            }
        }
    }

    /// @param faster how many times as fast as their stages buffers are to be
    private SectionLayout place(List<StageNode> stages, List<StageBuffer> held, Allocation a, Key key, double faster) {
        double[] compute =
                Arrays.stream(a.cycles()).map(cycles -> cycles / key.sustained).toArray();
        List<StageBuffer> buffers =
                held.stream().map(b -> b.on(stages, a.pcus())).toList();
        MemoryUnits units = new MemoryUnits(buffers, compute, key.pmu, deployment.pmus());
        List<StageBuffer> shared = units.share(faster);
        double[] pmu = units.seconds(shared);
        FloorPlan.Laid floor = laid.computeIfAbsent(
                Units.of(key.program, a.pcus(), shared), _ -> FloorPlan.lay(a.pcus(), shared, grid));
        List<StageTimes> times = new ArrayList<>();
        for (int i = 0; i < compute.length; i++) {
            times.add(new StageTimes(compute[i], pmu[i], floor.busiest().get(i) / key.link));
        }
        return layout(key.program, stages, a, times, shared, floor.mesh().busiest() / key.link);
    }

    private SectionLayout layout(
            int program,
            List<StageNode> nodes,
            Allocation a,
            List<StageTimes> times,
            List<StageBuffer> buffers,
            double busiestLink) {
        double slowest = times.stream().mapToDouble(StageTimes::seconds).max().orElse(0);
        List<Stage> stages = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            StageNode s = nodes.get(i);
            String op = Ops.name(graph.nodes().get(s.node()).op());
            boolean critical = times.get(i).seconds() >= slowest;
            stages.add(new Stage(i, s.place(), s.depth(), op, a.pcus()[i], times.get(i), critical));
        }
        int pmus = buffers.stream().mapToInt(StageBuffer::pmus).sum();
        return new SectionLayout(
                program,
                a.tiles(),
                stages,
                buffers,
                Arrays.stream(a.pcus()).sum(),
                Math.min(pmus, deployment.pmus()),
                busiestLink);
    }
}
