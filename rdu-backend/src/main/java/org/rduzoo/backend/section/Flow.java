package org.rduzoo.backend.section;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.ir.Gradient;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphHash;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Lookup;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Optimizer;
import org.rduzoo.ir.Positional;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.Value;
import org.rduzoo.samba.UserError;

/// What flows from node to node, in arrays: the view of a graph that cutting works on.
///
/// Nodes stand at *positions*, in the order in which sections will run. Values are known by number. A *view* of a value
/// (reshaped, transposed, converted, repeated) is no value of its own: memory units address the same bytes in another
/// order, and compute units convert what passes through. Its *root* is what has the bytes, in the widest form that
/// anyone reads.
///
/// A training graph keeps the softmax of each attention for the backward pass, as its framework does, although the
/// nodes say that it is computed again. It has a number of its own, beyond those of the graph's values.
final class Flow {

    /// More than any machine can hold: such a value is a mistake, and sums of smaller ones do not overflow.
    private static final long MOST_BYTES = 1L << 46;

    static final int NO_PRODUCER = -1;

    private static final int[] NONE = {};

    final Graph graph;
    final int size;
    private final OptLevel optLevel;
    private final Deployment deployment;
    private final Sharding sharding;
    private final boolean training;

    // By position.
    final int[] nodeAt;
    final SectionType[] type;
    final int[][] made;
    final int[][] reads;
    final long[] gatheredWeights;
    final long[] gatheredValues;
    final long[] flops;
    final int[] leastPcus;
    final StageWork[] work; // of one chip
    final boolean[] product; // a product or a convolution, which most of the time goes into
    final boolean[] free;
    final boolean[] streams; // a stage that reads each weight once, and so need not hold it
    final long[][] readBytes; // of what is read
    final boolean[][] partly; // whether only a slice is
    final long[] aside; // bytes that go to memory and come back between the parts of an operation
    private final long[] kept; // bytes of an attention's softmax
    final int[] level;
    final int[] signature; // equal for nodes that do the same to operands of the same types

    // By value number.
    final int[] root;
    final int[] producer;
    final int[] resultIndex;
    final int[] inputKind;
    final long[] bytes;
    final boolean[] weight;
    final boolean[] still; // made of parameters and constants alone: the same for every tile that passes
    final long[] tileBytes;
    final long[] residentBytes; // of a still value, in the widest form that a stage holds
    private final int[] form; // bytes of an element, in the widest form that is read
    private final int[] width; // bytes that an element of a view needs: once rounded, it stays so
    private final long[] least; // bytes that a stage must hold of it at once
    private final long[] elements;
    private final long[] tiles;
    final int[] lastUse;
    final int[][] uses;
    final int[] useCount;
    private final int[] lastReader; // as lastUse, of the value itself rather than of all that share its bytes

    private Flow(Graph graph, int[] order, Deployment deployment, OptLevel optLevel) {
        this.graph = graph;
        this.deployment = deployment;
        this.optLevel = optLevel;
        sharding = Sharding.of(graph, deployment);
        training = graph.nodes().stream().anyMatch(n -> n.section() == SectionType.BCKWD);
        size = order.length;
        nodeAt = order;
        type = new SectionType[size];
        made = new int[size][];
        reads = new int[size][];
        readBytes = new long[size][];
        partly = new boolean[size][];
        gatheredWeights = new long[size];
        gatheredValues = new long[size];
        aside = new long[size];
        kept = new long[size];
        flops = new long[size];
        leastPcus = new int[size];
        work = new StageWork[size];
        product = new boolean[size];
        free = new boolean[size];
        streams = new boolean[size];
        level = new int[size];
        signature = new int[size];
        int values = graph.valueCount() + attentions(graph);
        root = IntStream.range(0, values).toArray();
        producer = new int[values];
        resultIndex = new int[values];
        inputKind = new int[values];
        bytes = new long[values];
        weight = new boolean[values];
        still = new boolean[values];
        tileBytes = new long[values];
        residentBytes = new long[values];
        form = new int[values];
        width = new int[values];
        least = new long[values];
        elements = new long[values];
        tiles = new long[values];
        lastUse = new int[values];
        uses = new int[values][];
        useCount = new int[values];
        lastReader = new int[values];
        Arrays.fill(lastReader, NO_PRODUCER);
        Arrays.fill(producer, NO_PRODUCER);
        Arrays.fill(inputKind, -1);
        Arrays.fill(lastUse, NO_PRODUCER);
        Arrays.fill(uses, NONE);
    }

    private static int attentions(Graph graph) {
        return (int) graph.nodes().stream()
                .filter(n -> n.op() instanceof Product.Attention)
                .count();
    }

    /// The flow of a graph in its own order, but for this: all nodes of one section type come before those of the next.
    static Flow of(Graph graph, Deployment deployment, OptLevel optLevel) {
        List<Node> nodes = graph.nodes();
        int[] order = IntStream.range(0, nodes.size())
                .boxed()
                .sorted((a, b) -> nodes.get(a).section().compareTo(nodes.get(b).section()))
                .mapToInt(Integer::intValue)
                .toArray();
        return of(graph, order, deployment, optLevel);
    }

    /// The flow of a graph whose nodes run in `order`.
    ///
    /// @throws IllegalArgumentException when a node would run before one that it reads
    static Flow of(Graph graph, int[] order, Deployment deployment, OptLevel optLevel) {
        Flow flow = new Flow(graph, order, deployment, optLevel);
        flow.fill();
        return flow;
    }

    private void fill() {
        for (Graph.Input input : graph.inputs()) {
            int v = input.value().number();
            measure(input.value());
            form[v] = input.value().dtype().bytes();
            width[v] = form[v];
            weight[v] = input.kind() == Graph.Kind.PARAMETER;
            still[v] = weight[v];
            inputKind[v] = switch (input.kind()) {
                case INPUT -> 0;
                case PARAMETER -> 1;
                case STATE -> 2;
            };
        }
        Map<GraphHash, Integer> signatures = new HashMap<>();
        Map<Integer, Integer> softmaxes = new HashMap<>();
        for (int p = 0; p < size; p++) {
            Node node = graph.nodes().get(nodeAt[p]);
            int shares = sharding.shares(nodeAt[p]);
            type[p] = node.section();
            flops[p] = OpCost.ceil(OpCost.flops(node), shares);
            leastPcus[p] = OpCost.leastPcus(node.op());
            work[p] = StageWork.of(node, deployment.arch(), Long.MAX_VALUE).shared(shares, deployment.parallel());
            streams[p] = node.op() instanceof Optimizer || work[p].tiles() == 1;
            GraphHash signed = GraphHash.of(List.of(StageNeeds.ofAnyLayer(node)), List.of());
            signature[p] = signatures.computeIfAbsent(signed, _ -> signatures.size());
            product[p] = StageNeeds.isProduct(node) || node.op() instanceof Gradient.AttentionGradient;
            boolean isStill = read(p, node);
            free[p] = StageNeeds.isView(node)
                    || node.op() instanceof Layout.Slice
                    || (isStill && !StageNeeds.isProduct(node));
            produce(p, node, isStill);
            scores(p, node, softmaxes);
            if (optLevel == OptLevel.O0) {
                aside[p] = StageNeeds.aside(node, kept[p], training, sharding.shares(nodeAt[p]));
            }
        }
        for (Graph.Output output : graph.outputs()) {
            int r = root[output.value().number()];
            lastUse[r] = size;
            lastReader[output.value().number()] = size;
            form[r] = Math.max(form[r], width[output.value().number()]);
        }
        settle();
    }

    /// Takes note of what a node reads; whether all of it is still. A view reads nothing: who reads it reads its root.
    private boolean read(int p, Node node) {
        int[] read = new int[4];
        long[] sizes = new long[4];
        int count = 0;
        boolean isStill = true;
        boolean view = StageNeeds.isView(node);
        for (Value operand : node.operands()) {
            int v = operand.number();
            if (producer[v] == NO_PRODUCER && inputKind[v] < 0) {
                throw new IllegalArgumentException("node %d (%s %s at %s) reads %s before it is made"
                        .formatted(nodeAt[p], node.section(), Ops.name(node.op()), node.path(), operand));
            }
            int r = root[v];
            lastReader[v] = p;
            isStill &= still[v];
            if (producer[v] != NO_PRODUCER && !still[v]) {
                level[p] = Math.max(level[p], level[producer[v]] + (free[producer[v]] ? 0 : 1));
            }
            if (view) {
                continue;
            }
            least[r] = Math.max(least[r], OpCost.ceil(StageNeeds.held(node, operand), sharding.parts(operand)));
            if (inputKind[r] < 0) {
                form[r] = Math.max(form[r], width[v]);
            }
            long size = OpCost.ceil(OpCost.bytes(operand), sharding.parts(operand));
            if (still[r]) {
                residentBytes[r] = Math.max(residentBytes[r], size);
            }
            if (useCount[r] == 0 || uses[r][useCount[r] - 1] != p) {
                uses[r] = append(uses[r], useCount[r]++, p);
                lastUse[r] = p;
                if (node.op() instanceof Lookup.Embedding e && operand == e.table()) {
                    (weight[r] ? gatheredWeights : gatheredValues)[p] =
                            OpCost.ceil(OpCost.bytesRead(node, operand), sharding.parts(operand));
                } else {
                    boolean inPlace = node.op() instanceof Positional.CacheWrite w && operand == w.cache();
                    sizes = append(sizes, count, inPlace ? 0 : size);
                    read = append(read, count++, r);
                }
            }
        }
        reads[p] = Arrays.copyOf(read, count);
        readBytes[p] = Arrays.copyOf(sizes, count);
        partly[p] = new boolean[count];
        Arrays.fill(partly[p], node.op() instanceof Layout.Slice);
        return isStill;
    }

    private void produce(int p, Node node, boolean isStill) {
        List<Value> results = node.results();
        for (int i = 0; i < results.size(); i++) {
            int v = results.get(i).number();
            producer[v] = p;
            resultIndex[v] = i;
            still[v] = isStill;
            measure(results.get(i));
            width[v] = results.get(i).dtype().bytes();
        }
        if (node.op() instanceof Positional.CacheWrite write) {
            root[results.getFirst().number()] = root[write.cache().number()];
            made[p] = NONE;
        } else if (StageNeeds.isView(node)) {
            int view = results.getFirst().number();
            int of = node.operands().getFirst().number();
            root[view] = root[of];
            width[view] = Math.min(width[view], width[of]);
            made[p] = NONE;
        } else {
            made[p] = results.stream().mapToInt(Value::number).toArray();
            if (node.op() instanceof Product.MatMul m && StageNeeds.holdsResult(m)) {
                least[made[p][0]] = OpCost.ceil(OpCost.bytes(node.result()), sharding.parts(node.result()));
            }
        }
    }

    /// The softmax of an attention, kept from the forward pass for the backward pass.
    private void scores(int p, Node node, Map<Integer, Integer> softmaxes) {
        if (node.op() instanceof Product.Attention a) {
            int softmax = graph.valueCount() + softmaxes.size();
            softmaxes.put(node.results().getLast().number(), softmax);
            Type q = a.q().type();
            elements[softmax] = OpCost.ceil(
                    OpCost.times(q.dim(0), q.dim(1), q.dim(2), a.k().type().dim(2)), sharding.shares(nodeAt[p]));
            form[softmax] = a.v().dtype().bytes();
            bytes[softmax] = OpCost.times(elements[softmax], form[softmax]);
            tiles[softmax] = Math.max(1, (long) q.dim(0) * q.dim(1));
            producer[softmax] = p;
            resultIndex[softmax] = node.results().size();
            kept[p] = bytes[softmax];
            if (training) {
                made[p] = append(made[p], made[p].length, softmax);
                made[p] = Arrays.copyOf(made[p], node.results().size() + 1);
            }
        } else if (node.op() instanceof Gradient.AttentionGradient a) {
            Integer softmax = softmaxes.get(root[a.logSum().number()]);
            if (softmax != null) {
                int count = reads[p].length;
                reads[p] = append(Arrays.copyOf(reads[p], count + 1), count, softmax);
                readBytes[p] = append(Arrays.copyOf(readBytes[p], count + 1), count, bytes[softmax]);
                partly[p] = Arrays.copyOf(partly[p], count + 1);
                uses[softmax] = append(uses[softmax], useCount[softmax]++, p);
                lastUse[softmax] = p;
                kept[p] = bytes[softmax];
            }
        }
    }

    private void measure(Value value) {
        long size = OpCost.bytes(value);
        if (size > MOST_BYTES) {
            throw new UserError(
                    "the value " + value + (value.path().isEmpty() ? "" : " at " + value.path()) + " of graph "
                            + graph.name() + " is " + value.type() + ", " + (size >> 40)
                            + " TiB.\nNo chip can hold it: is the batch "
                            + "size or the sequence length a slip?");
        }
        Type t = value.type();
        int v = value.number();
        elements[v] = OpCost.ceil(t.elements(), sharding.parts(value));
        bytes[v] = OpCost.ceil(size, sharding.parts(value));
        long rows = t.rank() == 0 || t.dim(-1) == 0 ? 1 : t.elements() / t.dim(-1);
        tiles[v] = Math.clamp(OpCost.ceil(rows, deployment.arch().pcu().lanes().count()), 1, StageWork.MOST_TILES);
    }

    /// Once all readers are known: sizes in the form that is read.
    private void settle() {
        for (int v = 0; v < root.length; v++) {
            if (root[v] == v && inputKind[v] < 0 && form[v] > 0) {
                bytes[v] = OpCost.times(elements[v], form[v]);
            }
            tileBytes[v] = Math.max(OpCost.ceil(bytes[v], Math.max(1, tiles[v])), Math.min(least[v], bytes[v]));
            residentBytes[v] = residentBytes[v] == 0 ? bytes[v] : Math.min(residentBytes[v], bytes[v]);
        }
        for (int p = 0; p < size; p++) {
            for (int i = 0; i < reads[p].length; i++) {
                int r = reads[p][i];
                long size = partly[p][i] ? bytes[made[p][0]] : weight[r] ? readBytes[p][i] : bytes[r];
                readBytes[p][i] = readBytes[p][i] == 0 ? 0 : Math.min(size, bytes[r]);
            }
        }
    }

    private static int[] append(int[] array, int length, int item) {
        int[] longer = length < array.length ? array : Arrays.copyOf(array, Math.max(2, 2 * length));
        longer[length] = item;
        return longer;
    }

    private static long[] append(long[] array, int length, long item) {
        long[] longer = length < array.length ? array : Arrays.copyOf(array, Math.max(2, 2 * length));
        longer[length] = item;
        return longer;
    }

    /// What chips tell each other when the node at a position runs.
    Optional<Collective> collective(int p) {
        return sharding.collective(nodeAt[p]);
    }

    /// How many chips share the work of the node at a position.
    int shares(int p) {
        return sharding.shares(nodeAt[p]);
    }

    /// Bytes that cross each border between two positions, borders numbered by the position after them.
    long[] crossing() {
        long[] change = new long[size + 2];
        for (int v = 0; v < root.length; v++) {
            if (root[v] == v && producer[v] != NO_PRODUCER && lastUse[v] > producer[v]) {
                change[producer[v] + 1] += bytes[v];
                change[Math.min(lastUse[v], size) + 1] -= bytes[v];
            }
        }
        for (int i = 1; i < change.length; i++) {
            change[i] += change[i - 1];
        }
        return Arrays.copyOf(change, size + 1);
    }

    /// The last position that reads a value; [#size] if the graph yields it, [#NO_PRODUCER] if nobody does.
    int lastReader(int value) {
        return lastReader[value];
    }

    /// Whether the nodes at two positions do the same to operands that stand in the same place relative to them.
    boolean alike(int p, int q) {
        if (signature[p] != signature[q] || type[p] != type[q]) {
            return false;
        }
        List<Value> left = graph.nodes().get(nodeAt[p]).operands();
        List<Value> right = graph.nodes().get(nodeAt[q]).operands();
        for (int i = 0; i < left.size(); i++) {
            int a = left.get(i).number();
            int b = right.get(i).number();
            boolean same = a == b
                    || (producer[a] == NO_PRODUCER
                            ? inputKind[a] == inputKind[b]
                            : producer[b] - producer[a] == q - p && resultIndex[a] == resultIndex[b]);
            if (!same) {
                return false;
            }
        }
        return true;
    }

    /// What the section of positions from `begin` (inclusive) to `end` (exclusive) computes, whatever its values are
    /// called: two sections with equal programs can share one.
    List<Integer> program(int begin, int end) {
        List<Integer> program = new ArrayList<>();
        Map<Integer, Integer> outside = new HashMap<>();
        for (int p = begin; p < end; p++) {
            program.add(signature[p]);
            for (Value operand : graph.nodes().get(nodeAt[p]).operands()) {
                int v = operand.number();
                if (producer[v] >= begin) {
                    program.add(p - producer[v]);
                    program.add(resultIndex[v]);
                } else {
                    program.add(-1 - outside.computeIfAbsent(v, _ -> outside.size()));
                    program.add(inputKind[v]);
                }
            }
            for (int v : made[p]) {
                program.add(lastUse[v] >= end ? 1 : 0);
            }
        }
        return program;
    }
}
