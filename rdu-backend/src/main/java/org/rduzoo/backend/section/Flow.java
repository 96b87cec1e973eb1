package org.rduzoo.backend.section;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.rduzoo.ir.Convolution;
import org.rduzoo.ir.Gradient;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphHash;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Lookup;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Positional;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.Value;
import org.rduzoo.samba.UserError;

/// What flows from node to node, in arrays: the view of a graph that cutting works on.
///
/// Nodes stand at *positions*, in the order in which sections will run. Values are known by number. A reshaped value is
/// the value it was made from, its *root*: on the chip it is the same bytes.
final class Flow {

    /// A section's pipeline works on a value in about this many tiles, if it has so many rows. An assumption; it
    /// decides how large a buffer between two stages is.
    private static final int PIPELINE_TILES = 64;

    /// More than any machine can hold: such a value is a mistake, and sums of smaller ones do not overflow.
    private static final long MOST_BYTES = 1L << 46;

    static final int NO_PRODUCER = -1;

    private static final int[] NONE = {};

    final Graph graph;
    final int size;

    // By position.
    final int[] nodeAt;
    final SectionType[] type;
    final int[][] made;
    final int[][] reads;
    final long[] gatheredWeights;
    final long[] gatheredValues;
    final long[] flops;
    final int[] leastPcus;
    final boolean[] free;
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
    final int[] lastUse;
    final int[][] uses;
    final int[] useCount;
    private final int[] lastReader; // as lastUse, of the value itself rather than of all that share its bytes

    private Flow(Graph graph, int[] order) {
        this.graph = graph;
        size = order.length;
        nodeAt = order;
        type = new SectionType[size];
        made = new int[size][];
        reads = new int[size][];
        gatheredWeights = new long[size];
        gatheredValues = new long[size];
        flops = new long[size];
        leastPcus = new int[size];
        free = new boolean[size];
        level = new int[size];
        signature = new int[size];
        int values = graph.valueCount();
        root = IntStream.range(0, values).toArray();
        producer = new int[values];
        resultIndex = new int[values];
        inputKind = new int[values];
        bytes = new long[values];
        weight = new boolean[values];
        still = new boolean[values];
        tileBytes = new long[values];
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

    /// The flow of a graph in its own order, but for this: all nodes of one section type come before those of the next.
    static Flow of(Graph graph) {
        List<Node> nodes = graph.nodes();
        int[] order = IntStream.range(0, nodes.size())
                .boxed()
                .sorted((a, b) -> nodes.get(a).section().compareTo(nodes.get(b).section()))
                .mapToInt(Integer::intValue)
                .toArray();
        return of(graph, order);
    }

    /// The flow of a graph whose nodes run in `order`.
    ///
    /// @throws IllegalArgumentException when a node would run before one that it reads
    static Flow of(Graph graph, int[] order) {
        Flow flow = new Flow(graph, order);
        flow.fill();
        return flow;
    }

    private void fill() {
        for (Graph.Input input : graph.inputs()) {
            int v = input.value().number();
            measure(input.value());
            weight[v] = input.kind() == Graph.Kind.PARAMETER;
            still[v] = weight[v];
            inputKind[v] = switch (input.kind()) {
                case INPUT -> 0;
                case PARAMETER -> 1;
                case STATE -> 2;
            };
        }
        Map<GraphHash, Integer> signatures = new HashMap<>();
        for (int p = 0; p < size; p++) {
            Node node = graph.nodes().get(nodeAt[p]);
            type[p] = node.section();
            flops[p] = OpCost.flops(node);
            leastPcus[p] = OpCost.leastPcus(node.op());
            GraphHash form = GraphHash.of(List.of(node), List.of());
            signature[p] = signatures.computeIfAbsent(form, _ -> signatures.size());
            boolean isStill = read(p, node);
            free[p] = node.op() instanceof Layout.Reshape || (isStill && !isProduct(node));
            produce(p, node, isStill);
        }
        for (Graph.Output output : graph.outputs()) {
            lastUse[root[output.value().number()]] = size;
            lastReader[output.value().number()] = size;
        }
    }

    private static boolean isProduct(Node node) {
        return node.op() instanceof Product || node.op() instanceof Convolution;
    }

    /// Takes note of what a node reads; whether all of it is still.
    private boolean read(int p, Node node) {
        int[] read = new int[4];
        int count = 0;
        boolean isStill = true;
        for (Value operand : Ops.operands(node.op())) {
            int v = operand.number();
            if (producer[v] == NO_PRODUCER && inputKind[v] < 0) {
                throw new IllegalArgumentException("node %d (%s %s at %s) reads %s before it is made"
                        .formatted(nodeAt[p], node.section(), Ops.name(node.op()), node.path(), operand));
            }
            int r = root[v];
            lastReader[v] = p;
            isStill &= still[v];
            if (producer[v] != NO_PRODUCER && !still[v]) {
                level[p] = Math.max(level[p], level[producer[v]] + (node.op() instanceof Layout.Reshape ? 0 : 1));
            }
            tileBytes[r] = Math.max(tileBytes[r], held(node, operand));
            if (useCount[r] == 0 || uses[r][useCount[r] - 1] != p) {
                uses[r] = append(uses[r], useCount[r]++, p);
                lastUse[r] = p;
                if (node.op() instanceof Lookup.Embedding e && operand == e.table()) {
                    (weight[r] ? gatheredWeights : gatheredValues)[p] = OpCost.bytesRead(node, operand);
                } else {
                    read = append(read, count++, r);
                }
            }
        }
        reads[p] = Arrays.copyOf(read, count);
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
        }
        switch (node.op()) {
            case Layout.Reshape reshape -> inPlace(p, results.getFirst(), reshape.x());
            case Positional.CacheWrite write -> inPlace(p, results.getFirst(), write.cache());
            default -> made[p] = results.stream().mapToInt(Value::number).toArray();
        }
    }

    /// A result that has the bytes of an operand.
    private void inPlace(int p, Value result, Value operand) {
        root[result.number()] = root[operand.number()];
        made[p] = NONE;
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
        bytes[value.number()] = size;
        Type t = value.type();
        long rows = t.rank() == 0 || t.dim(-1) == 0 ? 1 : t.elements() / t.dim(-1);
        tileBytes[value.number()] = OpCost.ceil(size, Math.clamp(rows, 1, PIPELINE_TILES));
    }

    private static int[] append(int[] array, int length, int item) {
        int[] longer = length < array.length ? array : Arrays.copyOf(array, Math.max(2, 2 * length));
        longer[length] = item;
        return longer;
    }

    /// Bytes of an operand that a stage must hold at once, beyond a tile: keys and values of a batch row, and the right
    /// side of a product of two activations.
    private static long held(Node node, Value operand) {
        return switch (node.op()) {
            case Product.Attention a
            when operand == a.k() || operand == a.v() ->
                OpCost.ceil(OpCost.bytes(operand), Math.max(1, operand.type().dim(0)));
            case Gradient.AttentionGradient a
            when operand == a.k() || operand == a.v() ->
                OpCost.ceil(OpCost.bytes(operand), Math.max(1, operand.type().dim(0)));
            case Product.MatMul m
            when operand == m.rhs() -> {
                Type t = operand.type();
                yield OpCost.times(t.dim(-1), t.dim(-2), t.dtype().bytes());
            }
            default -> 0;
        };
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
        List<Value> left = Ops.operands(graph.nodes().get(nodeAt[p]).op());
        List<Value> right = Ops.operands(graph.nodes().get(nodeAt[q]).op());
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
            for (Value operand : Ops.operands(graph.nodes().get(nodeAt[p]).op())) {
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
