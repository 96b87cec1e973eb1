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
import org.rduzoo.ir.Product;
import org.rduzoo.ir.Value;

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
        int[] depths = new int[section.nodes().size()];
        for (int place = 0; place < section.nodes().size(); place++) {
            int p = begin + place;
            Node node = flow.graph.nodes().get(flow.nodeAt[p]);
            for (Value operand : node.operands()) {
                int made = flow.producer[operand.number()];
                if (made >= begin && !flow.still[operand.number()]) {
                    depths[place] = Math.max(depths[place], depths[made - begin] + (flow.free[made] ? 0 : 1));
                }
            }
            if (!flow.free[p]) {
                StageWork work =
                        StageWork.of(node, deployment.arch(), keys).shared(flow.shares(p), deployment.parallel());
                stages.add(new StageNode(place, flow.nodeAt[p], depths[place], work));
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
        return flow.root[node.operands().getFirst().number()];
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

    /// The buffers of a section, whose stages are `stages`, as if each had one unit.
    ///
    /// @param keys the most places of a cache that an attention sees
    public List<StageBuffer> buffers(Section section, List<StageNode> stages, long keys) {
        int begin = begins[section.id()];
        int end = begins[section.id() + 1];
        Map<Integer, Integer> stageAt = new HashMap<>();
        for (int i = 0; i < stages.size(); i++) {
            stageAt.put(begin + stages.get(i).place(), i);
        }
        Map<Integer, List<StageBuffer.Reader>> readers = new LinkedHashMap<>();
        Map<Integer, Integer> producers = new HashMap<>();
        Map<Integer, Long> filled = new HashMap<>();
        Set<Integer> streamed = new HashSet<>();
        for (int p = begin; p < end; p++) {
            Node node = flow.graph.nodes().get(flow.nodeAt[p]);
            for (int i = 0; i < flow.reads[p].length; i++) {
                int v = flow.reads[p][i];
                if (flow.streams[p]) {
                    streamed.add(v);
                }
                long read = seen(node, v, flow.readBytes[p][i], keys);
                filled.merge(v, read, Math::max);
                List<StageBuffer.Reader> of = readers.computeIfAbsent(v, _ -> new ArrayList<>());
                Integer stage = stageAt.get(p);
                if (stage != null) {
                    Operand operand = StageNeeds.operand(node, o -> flow.root[o.number()] == v);
                    of.add(new StageBuffer.Reader(stage, operand, read, 1));
                }
            }
            for (int v : flow.made[p]) {
                List<StageBuffer.Reader> of = readers.computeIfAbsent(v, _ -> new ArrayList<>());
                producers.put(v, stageAt.getOrDefault(p, -1));
                filled.put(v, flow.bytes[v]);
                if (flow.lastUse[v] >= end) {
                    of.add(new StageBuffer.Reader(-1, Operand.ONCE, flow.bytes[v], 1));
                }
            }
        }
        List<StageBuffer> buffers = new ArrayList<>();
        readers.forEach((v, of) -> {
            int producer = producers.getOrDefault(v, -1);
            boolean stays = flow.still[v] && !streamed.contains(v);
            long tile = stays ? flow.residentBytes[v] : flow.tileBytes[v];
            int depth = 2;
            for (StageBuffer.Reader r : of) {
                if (producer >= 0 && r.stage() >= 0) {
                    depth = Math.max(
                            depth,
                            1
                                    + stages.get(r.stage()).depth()
                                    - stages.get(producer).depth());
                }
            }
            depth = stays ? 1 : depth;
            int pmus = Math.clamp(Math.max(1, OpCost.ceil(tile, pmuBytesEach)) * depth, 1, Math.max(1, section.pmus()));
            buffers.add(new StageBuffer(v, producer, of, filled.getOrDefault(v, 0L), tile, depth, stays, pmus));
        });
        return buffers;
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
