package org.rduzoo.backend.host;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Positional.CacheWrite;
import org.rduzoo.ir.Value;

/// Which cache writes can be done where the cache lies: those that replace a state which nobody else reads as it was.
final class CachePlaces {

    private final Set<Value> replaced = new HashSet<>();

    private CachePlaces() {}

    static CachePlaces of(Graph graph) {
        Map<Value, Integer> readers = new HashMap<>();
        for (Node node : graph.nodes()) {
            node.operands().forEach(v -> readers.merge(v, 1, Integer::sum));
        }
        graph.outputs().forEach(o -> readers.merge(o.value(), 1, Integer::sum));
        Map<String, Value> outcomes = new HashMap<>();
        graph.outputs().forEach(o -> o.alias().ifPresent(state -> outcomes.put(state, o.value())));
        Map<Value, Value> outcomeOf = new HashMap<>();
        graph.inputs(Graph.Kind.STATE).forEach(s -> {
            Value outcome = outcomes.get(s.name());
            if (outcome != null) {
                outcomeOf.put(s.value(), outcome);
            }
        });
        CachePlaces places = new CachePlaces();
        for (Node node : graph.nodes()) {
            if (node.op() instanceof CacheWrite write
                    && node.result().equals(outcomeOf.get(write.cache()))
                    && readers.getOrDefault(write.cache(), 0) == 1) {
                places.replaced.add(write.cache());
            }
        }
        return places;
    }

    boolean isInPlace(CacheWrite write) {
        return replaced.contains(write.cache());
    }
}
