package org.rduzoo.backend.section;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.arch.TensorParallel;
import org.rduzoo.backend.fusion.FusionRules;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Value;

/// A graph cut into sections, in the order in which they run.
///
/// Each node is in exactly one section, each section runs after those that it reads from, holds nodes of one section
/// type, and fits the tiles that it was cut for, or is a single operation that streams what does not fit.
///
/// @param arch the chip's [Arch#key]
/// @param tiles how many of its tiles
/// @param chips how many chips share the graph; sections say what is one chip's
public record SectionPlan(
        OptLevel level, String arch, int tiles, int chips, TensorParallel parallel, List<Section> sections) {

    public SectionPlan {
        sections = List.copyOf(sections);
    }

    /// Cuts a graph for `tiles` tiles of a chip.
    ///
    /// @throws org.rduzoo.samba.UserError when the chip has fewer tiles
    public static SectionPlan cut(Graph graph, Arch arch, OptLevel level, int tiles) {
        return cut(graph, Deployment.of(arch, tiles), level);
    }

    /// Cuts a graph; [OptLevel#O1] by the rules that come with the compiler.
    public static SectionPlan cut(Graph graph, Deployment deployment, OptLevel level) {
        return cut(graph, deployment, level, FusionRules.builtIn());
    }

    /// Cuts a graph.
    ///
    /// @param rules that [OptLevel#O1] cuts by, and [OptLevel#O3] must not move more bytes than
    public static SectionPlan cut(Graph graph, Deployment deployment, OptLevel level, FusionRules rules) {
        Flow flow = Flow.of(graph, deployment, level);
        Extent extent = new Extent(flow, deployment);
        int[] ends = switch (level) {
            case O0 -> Fusion.none(flow, extent);
            case O1 -> Fusion.patterns(flow, extent, rules);
            case O3 -> new WholeGraphCut(flow, extent, SectionCost.of(deployment), rules).ends();
        };
        return of(flow, ends, deployment, level);
    }

    /// Cuts of a whole graph that may be the best, all of them possible at [OptLevel#O3]: those that cost least on one,
    /// two, four … tiles up to what there are, by a rough model, and the known patterns. What more tiles add to the
    /// list
    /// can only make the best of it better.
    public static List<SectionPlan> candidates(Graph graph, Deployment deployment, FusionRules rules) {
        Flow flow = Flow.of(graph, deployment, OptLevel.O3);
        Extent whole = new Extent(flow, deployment);
        List<int[]> cuts = new ArrayList<>();
        cuts.add(Fusion.patterns(flow, whole, rules));
        for (int tiles = 1; tiles <= deployment.tiles(); tiles *= 2) {
            Deployment part = deployment.withTiles(tiles);
            int[] ends = new WholeGraphCut(flow, new Extent(flow, part), SectionCost.of(part), rules).ends();
            if (cuts.stream().noneMatch(c -> Arrays.equals(c, ends))) {
                cuts.add(ends);
            }
        }
        List<SectionPlan> plans = new ArrayList<>();
        for (int[] ends : cuts) {
            SectionPlan plan = of(flow, ends, deployment, OptLevel.O3);
            if (plans.isEmpty() || plan.traffic() <= plans.getFirst().traffic()) {
                plans.add(plan);
            }
        }
        return plans;
    }

    /// The plan whose sections hold these nodes, each list in the order in which it runs: what a file says, checked.
    ///
    /// @throws IllegalArgumentException when that breaks what a plan promises
    public static SectionPlan of(Graph graph, Deployment deployment, OptLevel level, List<List<Integer>> sections) {
        int[] order = sections.stream()
                .flatMap(List::stream)
                .mapToInt(Integer::intValue)
                .toArray();
        int[] ends = new int[sections.size()];
        boolean[] covered = new boolean[graph.nodes().size()];
        for (int node : order) {
            if (node < 0 || node >= covered.length || covered[node]) {
                throw new IllegalArgumentException("node " + node + " is in two sections, or not in the graph");
            }
            covered[node] = true;
        }
        if (order.length != covered.length) {
            throw new IllegalArgumentException((covered.length - order.length) + " nodes are in no section");
        }
        int end = 0;
        for (int i = 0; i < ends.length; i++) {
            if (sections.get(i).isEmpty()) {
                throw new IllegalArgumentException("section " + i + " is empty");
            }
            end += sections.get(i).size();
            ends[i] = end;
        }
        return of(Flow.of(graph, order, deployment, level), ends, deployment, level);
    }

    private static SectionPlan of(Flow flow, int[] ends, Deployment deployment, OptLevel level) {
        Extent extent = new Extent(flow, deployment);
        Map<List<Integer>, Integer> programs = new HashMap<>();
        List<Section> sections = new ArrayList<>();
        int begin = 0;
        for (int end : ends) {
            SectionDemand demand = extent.demand(begin, end);
            if (!extent.admissible()) {
                throw new IllegalArgumentException("section " + sections.size() + " needs " + demand.leastPcus()
                        + " PCUs and " + demand.pmus() + " PMUs, but " + deployment.tiles() + " tiles of "
                        + deployment.arch().name() + " have " + deployment.pcus() + " and " + deployment.pmus());
            }
            int program = programs.computeIfAbsent(flow.program(begin, end), _ -> programs.size());
            sections.add(section(flow, begin, end, sections.size(), program, demand, deployment, !extent.fits()));
            begin = end;
        }
        return new SectionPlan(
                level,
                deployment.arch().key(),
                deployment.tiles(),
                deployment.chips(),
                deployment.parallel(),
                sections);
    }

    private static Section section(
            Flow flow,
            int begin,
            int end,
            int id,
            int program,
            SectionDemand demand,
            Deployment deployment,
            boolean streamed) {
        Arch arch = deployment.arch();
        int lanes = arch.pcu().lanes().count();
        int stages = arch.pcu().stages().count();
        List<Integer> nodes = new ArrayList<>();
        Set<Integer> in = new LinkedHashSet<>();
        List<Integer> out = new ArrayList<>();
        long mostPcus = 0;
        for (int p = begin; p < end; p++) {
            Node node = flow.graph.nodes().get(flow.nodeAt[p]);
            if (node.section() != demand.type()) {
                throw new IllegalArgumentException(
                        "section " + id + " mixes " + demand.type() + " and " + node.section());
            }
            nodes.add(flow.nodeAt[p]);
            mostPcus = OpCost.plus(mostPcus, OpCost.ceil(OpCost.mostPcus(node, lanes, stages), flow.shares(p)));
            for (Value operand : node.operands()) {
                if (flow.producer[operand.number()] < begin) {
                    in.add(operand.number());
                }
            }
            for (Value result : node.results()) {
                if (flow.lastReader(result.number()) >= end) {
                    out.add(result.number());
                }
            }
        }
        int limit = deployment.pcus();
        int least = Math.min(demand.leastPcus(), limit);
        return new Section(
                id,
                demand.type(),
                program,
                nodes,
                List.copyOf(in),
                out,
                Math.clamp(mostPcus, least, limit),
                streamed ? deployment.pmus() : (int) demand.pmus(),
                streamed ? arch.sramBytes(deployment.tiles()) : demand.pmuBytes(),
                streamed,
                demand.flops(),
                demand.bytesIn(),
                demand.bytesOut(),
                demand.weightBytes());
    }

    /// Floating-point operations of one run of all sections.
    public long flops() {
        return sum(Section::flops);
    }

    /// Bytes between the chip and its memory in one run of all sections.
    public long traffic() {
        return sum(Section::traffic);
    }

    /// How many different programs the sections need.
    public int programs() {
        return 1 + sections.stream().mapToInt(Section::program).max().orElse(-1);
    }

    private long sum(ToLongFunction<Section> fact) {
        return sections.stream().mapToLong(fact).reduce(0, OpCost::plus);
    }

    /// The text form ([SectionText]).
    @Override
    public String toString() {
        return SectionText.print(this);
    }
}
