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

    private PackedAhead(Graph graph, Set<String> trained, HostWeights weights) {
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

    /// @param graph as it is planned
    /// @param trained the parameters that runs replace, which are not packed
    static PackedAhead start(Graph graph, Set<String> trained, HostWeights weights) {
        PackedAhead started = new PackedAhead(graph, trained, weights);
        started.thread.start();
        return started;
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
