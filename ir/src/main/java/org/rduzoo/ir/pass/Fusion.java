package org.rduzoo.ir.pass;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.rduzoo.ir.Elementwise.Cast;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Rewriter;
import org.rduzoo.ir.Value;

/// Replaces patterns of nodes by one operation each.
///
/// A pattern is tried at every node, its root, against the old graph; if it matches, its operation stands for the
/// root's result. The nodes inside stay in place until they are found dead, so that a larger match can cover a
/// smaller one. No match may make the graph compute a thing twice, or reach into another part of the step.
final class Fusion {

    /// More nodes than any pattern has.
    private static final int MAX_INSIDE = 64;

    /// What to look for.
    @FunctionalInterface
    interface Pattern {
        Optional<Match> at(Node root, Uses uses);
    }

    /// What was found, in values of the old graph.
    ///
    /// @param leaves where the pattern ends: the nodes between them and the root are inside
    record Match(List<Value> leaves, Replacement replacement) {

        /// A match whose leaves are the operands of the operation that replaces it.
        static Match of(Op op) {
            return new Match(Ops.operands(op), (map, _) -> Ops.mapOperands(op, map));
        }
    }

    /// Makes the operation that stands for the root, on values of the new graph.
    @FunctionalInterface
    interface Replacement {

        /// @param map the new graph's value for one of the old
        /// @param emit adds an operation to the new graph and yields its first result
        Op build(UnaryOperator<Value> map, Emitter emit);
    }

    @FunctionalInterface
    interface Emitter {
        Value emit(Op op);
    }

    private Fusion() {}

    static Graph run(Graph graph, Pattern pattern) {
        Uses uses = new Uses(graph);
        Rewriter out = new Rewriter(graph);
        boolean found = false;
        for (Node node : graph.nodes()) {
            Optional<Match> match = node.results().size() == 1
                    ? pattern.at(node, uses).filter(m -> isClosed(node, m.leaves(), uses))
                    : Optional.empty();
            if (match.isPresent()) {
                Op op = match.get().replacement().build(out::map, o -> out.emit(o, node));
                Value result = out.emit(op, node);
                if (!result.type().equals(node.result().type())) {
                    throw new IllegalStateException("%s : %s stands for %s : %s at %s"
                            .formatted(
                                    op, result.type(), node.op(), node.result().type(), node.path()));
                }
                out.replace(node.result(), result);
                found = true;
            } else {
                out.copy(node);
            }
        }
        return found ? new DeadCode().run(out.finish()) : graph;
    }

    /// Whether what is inside can go: it lies in the root's part of the step, and nobody outside needs what it
    /// computes. Constants, moved elements and casts may have other users.
    private static boolean isClosed(Node root, List<Value> leaves, Uses uses) {
        Set<Node> inside = new HashSet<>();
        if (!collect(root, leaves, uses, inside)) {
            return false;
        }
        Set<Node> kept = new HashSet<>();
        List<Node> fromTheEnd = new ArrayList<>(inside);
        fromTheEnd.remove(root);
        fromTheEnd.sort(Comparator.comparingInt((Node n) -> n.result().number()).reversed());
        for (Node node : fromTheEnd) {
            if (uses.isOutput(node.result()) || isNeeded(uses.users(node.result()), inside, kept)) {
                kept.add(node);
                if (!(node.op() instanceof Layout || node.op() instanceof Cast)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean collect(Node node, List<Value> leaves, Uses uses, Set<Node> inside) {
        inside.add(node);
        for (Value v : node.operands()) {
            @Nullable Node producer = leaves.contains(v) ? null : uses.producer(v);
            if (producer == null || producer.op() instanceof Layout.Constant || inside.contains(producer)) {
                continue;
            }
            boolean belongs = producer.section() == node.section()
                    && producer.results().size() == 1
                    && inside.size() < MAX_INSIDE;
            if (!belongs || !collect(producer, leaves, uses, inside)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNeeded(Collection<Node> users, Set<Node> inside, Set<Node> kept) {
        return users.stream().anyMatch(u -> !inside.contains(u) || kept.contains(u));
    }
}
