package org.rduzoo.backend.section;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.ir.Elementwise;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Positional;
import org.rduzoo.ir.Value;

/// Which part of each value and of each node's work a chip has, where several chips share a graph.
abstract sealed class Sharding permits WeightSharding, BatchSharding, Sharding.Whole {

    final int chips;
    private final int[] parts; // by value: how many chips share it
    private final boolean[] weight; // by value: a parameter, or a view of one
    private final int[] shares; // by node: how many chips share its work
    private final Map<Integer, Collective> collectives = new HashMap<>();

    Sharding(Graph graph, int chips) {
        this.chips = chips;
        parts = new int[graph.valueCount()];
        weight = new boolean[graph.valueCount()];
        shares = new int[graph.nodes().size()];
        Arrays.fill(parts, 1);
        Arrays.fill(shares, 1);
    }

    static Sharding of(Graph graph, Deployment deployment) {
        Sharding sharding = switch (deployment.parallel()) {
            case NONE -> new Whole(graph);
            case WEIGHT -> new WeightSharding(graph, deployment.chips());
            case BATCH -> new BatchSharding(graph, deployment.chips());
        };
        if (deployment.chips() > 1) {
            sharding.walk(graph);
        }
        return sharding;
    }

    /// One chip has all.
    static final class Whole extends Sharding {

        Whole(Graph graph) {
            super(graph, 1);
        }

        @Override
        int input(Graph.Input input, Map<Integer, Integer> heads) {
            return 1;
        }

        @Override
        int result(int index, Node node, int most) {
            return 1;
        }
    }

    /// In how many parts an input is.
    ///
    /// @param heads by the number of a cache: those of its keys
    abstract int input(Graph.Input input, Map<Integer, Integer> heads);

    /// In how many parts the results of a node are.
    ///
    /// @param most the most parts that an operand is in
    abstract int result(int index, Node node, int most);

    private void walk(Graph graph) {
        Map<Integer, Integer> heads = new HashMap<>();
        for (Node node : graph.nodes()) {
            if (node.op() instanceof Positional.CacheWrite write) {
                heads.put(write.cache().number(), write.cache().type().dim(1));
            }
        }
        for (Graph.Input input : graph.inputs()) {
            int v = input.value().number();
            parts[v] = input(input, heads);
            weight[v] = input.kind() == Graph.Kind.PARAMETER;
        }
        for (int i = 0; i < graph.nodes().size(); i++) {
            Node node = graph.nodes().get(i);
            List<Value> operands = node.operands();
            int most = operands.stream().mapToInt(this::parts).max().orElse(1);
            int result = result(i, node, most);
            shares[i] = Math.max(shares[i], result);
            boolean view = node.op() instanceof Elementwise.Cast
                    || (node.op() instanceof Layout && !(node.op() instanceof Layout.Constant));
            for (Value v : node.results()) {
                parts[v.number()] = Math.max(1, result);
                weight[v.number()] = view && operands.stream().allMatch(this::isWeight);
            }
        }
        for (Graph.Output output : graph.outputs()) {
            Value v = output.value();
            if (output.alias().isEmpty() && parts(v) > 1 && !isWeight(v)) {
                gather(graph, v);
            }
        }
    }

    /// What the graph yields is put together.
    private void gather(Graph graph, Value value) {
        for (int i = graph.nodes().size() - 1; i >= 0; i--) {
            Node node = graph.nodes().get(i);
            if (node.results().contains(value)) {
                tell(i, Collective.Kind.ALL_GATHER, value);
                return;
            }
        }
    }

    /// How many chips share a value.
    int parts(Value value) {
        return parts[value.number()];
    }

    boolean isWeight(Value value) {
        return weight[value.number()];
    }

    /// How many chips share the work of a node.
    int shares(int node) {
        return shares[node];
    }

    /// What chips tell each other when a node runs.
    Optional<Collective> collective(int node) {
        return Optional.ofNullable(collectives.get(node));
    }

    /// Notes that chips share the work of a node whatever parts its result is in.
    void share(int node, int count) {
        shares[node] = Math.max(shares[node], count);
    }

    /// Notes what chips tell each other when a node runs: `value`, of which each number goes as bf16.
    ///
    /// @return the parts that the value is in afterwards, which is one
    int tell(int node, Collective.Kind kind, Value value) {
        long bytes =
                OpCost.times(value.type().elements(), Math.min(2, value.dtype().bytes()));
        Collective told = collectives.get(node);
        collectives.put(node, new Collective(kind, told == null ? bytes : OpCost.plus(told.bytes(), bytes)));
        return 1;
    }
}
