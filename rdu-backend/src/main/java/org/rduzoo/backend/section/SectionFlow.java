package org.rduzoo.backend.section;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.ir.Gradient;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Product;

/// What happens within the sections of a plan and at their borders: stages, the buffers between them, and what they
/// move. It is what the costing of a plan works on.
public final class SectionFlow {

    private final Flow flow;
    private final SectionPlan plan;
    private final Deployment deployment;
    private final int[] begins;
    private final long pmuBytesEach;

    private SectionFlow(Flow flow, SectionPlan plan, Deployment deployment) {
        this.flow = flow;
        this.plan = plan;
        this.deployment = deployment;
        pmuBytesEach = (long) deployment.arch().pmu().bytes().value();
        begins = new int[plan.sections().size() + 1];
        for (Section s : plan.sections()) {
            begins[s.id() + 1] = begins[s.id()] + s.nodes().size();
        }
    }

    public static SectionFlow of(Graph graph, SectionPlan plan, Deployment deployment) {
        int[] order = plan.sections().stream()
                .flatMap(s -> s.nodes().stream())
                .mapToInt(Integer::intValue)
                .toArray();
        return new SectionFlow(Flow.of(graph, order, deployment, plan.level()), plan, deployment);
    }

    /// The value whose bytes a value has: itself, or what it is a view of.
    public int root(int value) {
        return flow.root[value];
    }

    /// Bytes of a value in memory.
    public long bytes(int value) {
        return flow.bytes[flow.root[value]];
    }

    /// The stages of a section, in the order of its nodes; views and constants are none.
    ///
    /// @param keys the most places of a cache that an attention sees
    public List<StageNode> stages(Section section, long keys) {
        int begin = begins[section.id()];
        List<StageNode> stages = new ArrayList<>();
        int base = Integer.MAX_VALUE;
        for (int place = 0; place < section.nodes().size(); place++) {
            if (!flow.free[begin + place]) {
                base = Math.min(base, flow.level[begin + place]);
            }
        }
        for (int place = 0; place < section.nodes().size(); place++) {
            int p = begin + place;
            if (!flow.free[p]) {
                Node node = flow.graph.nodes().get(flow.nodeAt[p]);
                StageWork work = StageWork.of(node, deployment.arch(), keys).shared(flow.shares(p));
                stages.add(new StageNode(place, flow.nodeAt[p], flow.level[p] - base, work));
            }
        }
        return stages;
    }

    /// What a section moves, each value once.
    ///
    /// @param keys the most places of a cache that an attention sees
    public List<Access> accesses(Section section, long keys) {
        int begin = begins[section.id()];
        int end = begins[section.id() + 1];
        Map<Integer, long[]> taken = new LinkedHashMap<>(); // whole, in slices
        List<Access> accesses = new ArrayList<>();
        for (int p = begin; p < end; p++) {
            Node node = flow.graph.nodes().get(flow.nodeAt[p]);
            for (int i = 0; i < flow.reads[p].length; i++) {
                int v = flow.reads[p][i];
                if (flow.producer[v] < begin) {
                    long[] bytes = taken.computeIfAbsent(v, _ -> new long[2]);
                    long read = seen(node, v, flow.readBytes[p][i], keys);
                    if (flow.partly[p][i]) {
                        bytes[1] = Math.min(flow.bytes[v], bytes[1] + read);
                    } else {
                        bytes[0] = Math.max(bytes[0], read);
                    }
                }
            }
            if (flow.gatheredWeights[p] > 0) {
                accesses.add(new Access(table(node), flow.gatheredWeights[p], false, true, true));
            }
            if (flow.gatheredValues[p] > 0) {
                accesses.add(new Access(table(node), flow.gatheredValues[p], false, false, true));
            }
            if (flow.aside[p] > 0) {
                int v = node.results().getFirst().number();
                accesses.add(new Access(v, flow.aside[p] / 2, false, false, false));
                accesses.add(new Access(v, flow.aside[p] - flow.aside[p] / 2, true, false, false));
            }
            for (int v : flow.made[p]) {
                if (flow.lastUse[v] >= end) {
                    boolean scattered = node.op() instanceof Gradient.EmbeddingGradient;
                    accesses.add(new Access(v, flow.bytes[v], true, false, scattered));
                }
            }
        }
        taken.forEach(
                (v, bytes) -> accesses.add(new Access(v, Math.max(bytes[0], bytes[1]), false, flow.weight[v], false)));
        return accesses;
    }

    private int table(Node node) {
        return flow.root[Ops.operands(node.op()).getFirst().number()];
    }

    /// Of the bytes of a value that a node reads, those that it needs: of a cache, the places that are in use.
    private long seen(Node node, int value, long bytes, long keys) {
        if (node.op() instanceof Product.Attention a && a.valid().isPresent()) {
            int slots = a.k().type().dim(2);
            boolean cache = flow.root[a.k().number()] == value || flow.root[a.v().number()] == value;
            if (cache && slots > keys) {
                return bytes / slots * keys;
            }
        }
        return bytes;
    }

    /// What chips that share the graph tell each other in a section.
    public List<Collective> collectives(Section section) {
        List<Collective> collectives = new ArrayList<>();
        for (int p = begins[section.id()]; p < begins[section.id() + 1]; p++) {
            flow.collective(p).ifPresent(collectives::add);
        }
        return collectives;
    }

    /// The buffers of a section, whose stages are `stages`.
    public List<StageBuffer> buffers(Section section, List<StageNode> stages) {
        int begin = begins[section.id()];
        int end = begins[section.id() + 1];
        Map<Integer, Integer> stageAt = new HashMap<>();
        for (int i = 0; i < stages.size(); i++) {
            stageAt.put(begin + stages.get(i).place(), i);
        }
        Map<Integer, List<Integer>> consumers = new LinkedHashMap<>();
        Map<Integer, Integer> producers = new HashMap<>();
        Set<Integer> streamed = new HashSet<>();
        for (int p = begin; p < end; p++) {
            for (int v : flow.reads[p]) {
                if (flow.streams[p]) {
                    streamed.add(v);
                }
                List<Integer> of = consumers.computeIfAbsent(v, _ -> new ArrayList<>());
                if (stageAt.containsKey(p)) {
                    of.add(stageAt.get(p));
                }
            }
            for (int v : flow.made[p]) {
                consumers.computeIfAbsent(v, _ -> new ArrayList<>());
                producers.put(v, stageAt.getOrDefault(p, -1));
            }
        }
        List<StageBuffer> buffers = new ArrayList<>();
        consumers.forEach((v, of) -> {
            int producer = producers.getOrDefault(v, -1);
            boolean stays = flow.still[v] && !streamed.contains(v);
            long tile = stays ? flow.residentBytes[v] : flow.tileBytes[v];
            int depth = 2;
            for (int consumer : of) {
                if (producer >= 0) {
                    depth = Math.max(
                            depth,
                            1
                                    + stages.get(consumer).depth()
                                    - stages.get(producer).depth());
                }
            }
            depth = stays ? 1 : depth;
            int pmus = Math.clamp(Math.max(1, OpCost.ceil(tile, pmuBytesEach)) * depth, 1, Math.max(1, section.pmus()));
            buffers.add(new StageBuffer(v, producer, of, flow.bytes[v], tile, depth, stays, pmus));
        });
        return spread(buffers);
    }

    /// The same buffers on all memory units there are, those that more goes through on more of them: each unit passes
    /// on 64 bytes a cycle.
    private List<StageBuffer> spread(List<StageBuffer> buffers) {
        long least = buffers.stream().mapToLong(StageBuffer::pmus).sum();
        double all = buffers.stream().mapToDouble(StageBuffer::valueBytes).sum();
        long spare = deployment.pmus() - least;
        if (spare <= 0 || all == 0) {
            return buffers;
        }
        return buffers.stream()
                .map(b -> b.withPmus(b.pmus() + (int) (spare * (b.valueBytes() / all))))
                .toList();
    }

    /// The model path that a value comes from; of a softmax that is kept, that of its attention.
    public String path(int value) {
        int made = flow.producer[value];
        String path = made < 0 ? "" : flow.graph.nodes().get(flow.nodeAt[made]).path();
        return value < flow.graph.valueCount() ? path : (path + " softmax").strip();
    }

    /// The section whose nodes make a value, or -1 if it comes into the graph.
    public int madeIn(int value) {
        return sectionAt(flow.producer[flow.root[value]]);
    }

    /// The last section that reads a value; the number of sections if the graph yields it.
    public int lastUsedIn(int value) {
        int last = flow.lastUse[flow.root[value]];
        return last >= flow.size ? plan.sections().size() : sectionAt(last);
    }

    private int sectionAt(int position) {
        if (position < 0) {
            return -1;
        }
        int low = 0;
        int high = begins.length - 1;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (begins[middle] <= position) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
