package org.rduzoo.backend.host;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.Elementwise.Binary;
import org.rduzoo.ir.Elementwise.Cast;
import org.rduzoo.ir.Elementwise.Compare;
import org.rduzoo.ir.Elementwise.Select;
import org.rduzoo.ir.Elementwise.Unary;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.ir.Value;

/// Lets a program compute once more what another one has, where that reads no more bytes than the result has: a
/// number widened, a mask, what is less its mean. What nobody reads then is not written. What is written all the same,
/// since others than programs read it, is read rather than computed.
final class Recomputation {

    private final Map<Node, Integer> places = new HashMap<>();
    private final Map<Value, Draft> producers;
    private final Predicate<Value> written;
    private final Predicate<Value> changes;

    /// @param producers which program has each value first
    /// @param written whether a value is written in any case
    /// @param changes whether a value may be another one when it is read again
    Recomputation(List<Node> nodes, Map<Value, Draft> producers, Predicate<Value> written, Predicate<Value> changes) {
        nodes.forEach(n -> places.put(n, places.size()));
        this.producers = producers;
        this.written = written;
        this.changes = changes;
    }

    /// Nodes to compute once more, and what they read.
    private record Copies(Set<Node> nodes, Set<Value> reads) {}

    /// Adds nodes to a program; those that it reads from have got theirs before.
    void extend(Draft draft) {
        if (draft.domain.isEmpty()) {
            return;
        }
        List<Value> candidates = draft.reads();
        candidates.removeIf(v -> {
            Draft from = producers.get(v);
            return from == null || from == draft || !from.isLike(draft);
        });
        if (!candidates.isEmpty() && !extend(draft, candidates)) {
            candidates.forEach(v -> extend(draft, List.of(v)));
        }
    }

    private boolean extend(Draft draft, List<Value> values) {
        Copies copies = new Copies(new LinkedHashSet<>(), new LinkedHashSet<>());
        for (Value v : values) {
            Draft from = producers.get(v);
            if (from != null) {
                collect(v, from, copies);
            }
        }
        Set<Value> known = new LinkedHashSet<>(draft.reads());
        values.forEach(known::remove);
        long less = values.stream().mapToLong(v -> v.type().bytes()).sum();
        long more = copies.reads.stream()
                .filter(v -> !known.contains(v) && draft.domain.equals(Optional.of(v.shape())))
                .mapToLong(v -> v.type().bytes())
                .sum();
        if (more > less || copies.reads.stream().anyMatch(v -> values.contains(v) || changes.test(v))) {
            return false;
        }
        List<Node> all = new ArrayList<>(draft.nodes);
        all.addAll(copies.nodes);
        draft.nodes.clear();
        all.stream().distinct().sorted(Comparator.comparing(places::get)).forEach(draft.nodes::add);
        return true;
    }

    /// The nodes of a program that a value takes, back to what is written, not cheap or not as large.
    private void collect(Value value, Draft from, Copies copies) {
        Optional<Node> node = from.nodes.stream()
                .filter(n ->
                        n.results().contains(value) && isCheap(n) && from.domain.equals(Optional.of(value.shape())))
                .findFirst();
        if (node.isEmpty()) {
            copies.reads.add(value);
        } else if (copies.nodes.add(node.get())) {
            for (Value v : node.get().operands()) {
                if (written.test(v)) {
                    copies.reads.add(v);
                } else {
                    collect(v, from, copies);
                }
            }
        }
    }

    private static boolean isCheap(Node node) {
        return switch (node.op()) {
            case Cast _, Compare _, Select _ -> true;
            case Binary b -> b.fn() != BinaryFn.POW;
            case Unary u -> u.fn() == UnaryFn.NEG || u.fn() == UnaryFn.ABS || u.fn() == UnaryFn.RELU;
            default -> false;
        };
    }
}
