package org.rduzoo.backend.host;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.rduzoo.backend.host.HostPlan.Factor;
import org.rduzoo.backend.host.HostPlan.Parameter;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Layout.Transpose;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Product.Linear;
import org.rduzoo.ir.Value;

/// Packs the weights of a graph's products on a thread of its own while the graph is planned. Whoever needs one
/// meanwhile waits for it, or packs it himself.
final class PackedAhead implements AutoCloseable {

    private final Queue<Work> left = new ConcurrentLinkedQueue<>();
    private final HostWeights weights;
    private final Thread thread;

    /// @param rows of the product
    private record Work(Factor factor, int rows) {}

    /// Products of so many rows at most are not shared out by rows, so that each part of a weight is read once.
    private static final int FEW_ROWS = 512;

    /// @param graph as it is planned
    /// @param trained the parameters that runs replace, which are not packed
    PackedAhead(Graph graph, Set<String> trained, HostWeights weights) {
        this.weights = weights;
        Map<Value, Factor> factors = new HashMap<>();
        graph.inputs(Graph.Kind.PARAMETER)
                .filter(i -> !trained.contains(i.name()))
                .forEach(i -> factors.put(
                        i.value(), new Factor(new Parameter(i.name(), i.value().type()), false)));
        for (Node node : graph.nodes()) {
            if (node.op() instanceof Transpose(Value weight, var _)
                    && weight.type().rank() == 2) {
                Optional.ofNullable(factors.get(weight))
                        .ifPresent(f -> factors.put(node.result(), new Factor(f.parameter(), !f.transposed())));
            }
            if (node.op() instanceof Linear(Value x, Value weight, var _, var _) && factors.containsKey(weight)) {
                int rows = Math.toIntExact(x.shape().elements(0, x.type().rank() - 1));
                left.add(new Work(factors.get(weight), rows));
            }
        }
        this.thread = Thread.ofPlatform().daemon().name("rdu-pack").unstarted(this::pack);
    }

    /// Begins to pack.
    void start() {
        thread.start();
    }

    /// Whether all products are of few rows and any of more than one: then the weights are read as fast as they lie,
    /// once. A graph of single rows is a step of many.
    boolean isForFewRows() {
        return left.stream().anyMatch(w -> w.rows > 1) && left.stream().allMatch(w -> w.rows <= FEW_ROWS);
    }

    private void pack() {
        try {
            for (Work work = left.poll(); work != null; work = left.poll()) {
                weights.factor(work.factor, work.rows);
            }
        } catch (RuntimeException | Error _) {
            // Whoever needs the weight meets the same, and says so.
            left.clear();
        }
    }

    /// Waits until nothing is being packed any more.
    @Override
    public void close() {
        left.clear();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
