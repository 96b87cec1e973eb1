package org.rduzoo.ir.grad;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.rduzoo.ir.Convolution;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.Reduction;
import org.rduzoo.ir.Rewriter;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Value;

/// Decides which values of the forward pass are kept for the backward pass and which are computed again, so that those
/// kept fit into a budget.
///
/// Values are given up one after the other until the rest fits: first what is cheap to compute again, which is all but
/// products, convolutions and losses over many classes; of those alike, what saves most. A value is given up only if
/// that saves more than what it
/// takes to compute it again and was not kept before. What is computed again is computed once, just before it is first
/// needed. Outputs are kept in any case. The numbers stay the same in `f32`; in `bf16` a value that is kept is rounded,
/// and one that is computed again is not.
public final class ActivationMemory {

    private static final double MEBIBYTE = 1 << 20;

    private final Graph graph;
    private final long bytesPerElement;
    private final Map<Value, Node> producers = new HashMap<>();
    private final Set<Value> outputs = new HashSet<>();
    private final Set<Value> kept = new LinkedHashSet<>();
    private final Set<Node> again = new LinkedHashSet<>();

    /// What was decided.
    ///
    /// @param graph the joint graph, with what is computed again in its backward pass
    /// @param budget bytes that were asked for
    /// @param kept bytes of the values that are kept, and `all` of those that would have been without a budget
    /// @param again how many nodes of each kind are computed again
    public record Plan(Graph graph, long budget, long kept, long all, Map<String, Integer> again) {

        /// Whether what is kept keeps to the budget.
        public boolean fits() {
            return kept <= budget;
        }

        /// As in `activations: 12.0 of 48.5 MiB kept (budget 16.0); computed again: 4 silu, 4 mul`.
        @Override
        public String toString() {
            String text = "activations: %.1f of %.1f MiB kept (budget %.1f%s)"
                    .formatted(
                            kept / MEBIBYTE,
                            all / MEBIBYTE,
                            budget / MEBIBYTE,
                            fits() ? "" : ", which is less than the least possible");
            return again.isEmpty()
                    ? text
                    : text + "; computed again: "
                            + again.entrySet().stream()
                                    .map(e -> e.getValue() + " " + e.getKey())
                                    .collect(Collectors.joining(", "));
        }
    }

    private ActivationMemory(Graph graph, long bytesPerElement) {
        this.graph = graph;
        this.bytesPerElement = bytesPerElement;
    }

    /// Fits the activations of a joint graph, as [TrainingGraph] makes it, into a budget, as far as that is possible.
    ///
    /// @param budget in bytes
    /// @param bytesPerElement of an activation as precision will have it: 4 or 2
    public static Plan fit(Graph joint, long budget, long bytesPerElement) {
        return new ActivationMemory(joint, bytesPerElement).fit(budget);
    }

    private Plan fit(long budget) {
        graph.outputs().forEach(o -> outputs.add(o.value()));
        for (Node node : graph.nodes()) {
            if (node.section() == SectionType.FWD) {
                node.results().forEach(v -> producers.put(v, node));
            } else {
                node.operands().forEach(v -> source(v).ifPresent(kept::add));
            }
        }
        long all = bytes(kept);
        long left = all;
        while (left > budget) {
            Optional<Node> next = best();
            if (next.isEmpty()) {
                break;
            }
            giveUp(next.get());
            left = bytes(kept);
        }
        Map<String, Integer> counts = new TreeMap<>();
        again.forEach(n -> counts.merge(Ops.name(n.op()), 1, Integer::sum));
        return new Plan(rewritten(), budget, left, all, new LinkedHashMap<>(counts));
    }

    /// The value of the forward pass that must be there for `value` to be, if it is none that always is: views are
    /// looked through, and inputs and constants are always there.
    private Optional<Value> source(Value value) {
        Node node = producers.get(value);
        if (node == null || node.op() instanceof Layout.Constant) {
            return Optional.empty();
        }
        return isView(node) ? source(node.operands().getFirst()) : Optional.of(value);
    }

    private static boolean isView(Node node) {
        return node.op() instanceof Layout
                && !(node.op() instanceof Layout.Constant)
                && !(node.op() instanceof Layout.Concat);
    }

    private long bytes(Collection<Value> values) {
        return values.stream().mapToLong(this::bytes).sum();
    }

    private long bytes(Value value) {
        return value.type().elements()
                * (value.dtype().isFloat() ? bytesPerElement : value.dtype().bytes());
    }

    /// The node that is given up next.
    private Optional<Node> best() {
        return kept.stream()
                .filter(v -> !outputs.contains(v))
                .flatMap(v -> Optional.ofNullable(producers.get(v)).stream())
                .distinct()
                .filter(n -> saving(n) > 0)
                .min(Comparator.comparing(ActivationMemory::isDear)
                        .thenComparing(Comparator.comparingLong(this::saving).reversed()));
    }

    private static boolean isDear(Node node) {
        return node.op() instanceof Product
                || node.op() instanceof Convolution
                || node.op() instanceof Reduction.CrossEntropy;
    }

    /// Bytes that are saved if a node is computed again.
    private long saving(Node node) {
        return bytes(node.results().stream()
                        .filter(kept::contains)
                        .filter(v -> !outputs.contains(v))
                        .toList())
                - bytes(missing(node));
    }

    /// What would have to be kept in addition.
    private Set<Value> missing(Node node) {
        Set<Value> missing = new HashSet<>();
        for (Value operand : node.operands()) {
            source(operand)
                    .filter(v -> !kept.contains(v) && !again.contains(producers.get(v)))
                    .ifPresent(missing::add);
        }
        return missing;
    }

    private void giveUp(Node node) {
        kept.addAll(missing(node));
        again.add(node);
        node.results().stream().filter(v -> !outputs.contains(v)).forEach(kept::remove);
    }

    private Graph rewritten() {
        if (again.isEmpty()) {
            return graph;
        }
        Rewriter out = new Rewriter(graph);
        Map<Value, Value> renewed = new HashMap<>();
        for (Node node : graph.nodes()) {
            if (node.section() == SectionType.FWD) {
                out.copy(node);
                continue;
            }
            List<Value> results =
                    out.emit(Ops.mapOperands(node.op(), v -> renewed(v, out, renewed)), node.path(), node.section());
            for (int i = 0; i < results.size(); i++) {
                out.replace(node.results().get(i), results.get(i));
            }
        }
        return out.finish();
    }

    /// What the backward pass reads for a value.
    private Value renewed(Value value, Rewriter out, Map<Value, Value> renewed) {
        Node node = producers.get(value);
        if (node == null || outputs.contains(value) || !(again.contains(node) || isRenewedView(node))) {
            return out.map(value);
        }
        Value known = renewed.get(value);
        if (known != null) {
            return known;
        }
        List<Value> results =
                out.emit(Ops.mapOperands(node.op(), v -> renewed(v, out, renewed)), node.path(), SectionType.BCKWD);
        for (int i = 0; i < results.size(); i++) {
            renewed.put(node.results().get(i), results.get(i));
        }
        return results.get(node.results().indexOf(value));
    }

    private boolean isRenewedView(Node node) {
        return isView(node)
                && source(node.result())
                        .filter(v -> again.contains(producers.get(v)))
                        .isPresent();
    }
}
