package org.rduzoo.backend.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.rduzoo.backend.host.onednn.NativeMemory;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.Nearest;

/// What runs leave for later runs: a piece of memory for each name, which all graphs of a PEF share. Zero at first, but
/// for parameters that a graph trains: those begin as the checkpoint has them.
final class HostStates {

    private final Pef pef;
    private final Map<String, Type> types = new LinkedHashMap<>();
    private final Map<String, MemorySegment> memory = new HashMap<>();
    private final Set<String> trained = new TreeSet<>();
    private final HostWeights weights;
    private final Arena arena;

    /// The states of all graphs of a PEF, which has made sure that they agree on each.
    HostStates(Pef pef, HostWeights weights, Arena arena) {
        this.pef = pef;
        this.weights = weights;
        this.arena = arena;
        pef.entries().forEach(e -> trained.addAll(e.trained()));
        if (!trained.isEmpty()) {
            find();
        }
    }

    /// Looks for the states of all graphs.
    private void find() {
        for (Pef.Entry entry : pef.entries()) {
            entry.graph()
                    .inputs(Graph.Kind.STATE)
                    .forEach(i -> types.put(i.name(), i.value().type()));
        }
        for (Pef.Entry entry : pef.entries()) {
            entry.graph()
                    .inputs(Graph.Kind.PARAMETER)
                    .filter(i -> trained.contains(i.name()))
                    .forEach(i -> agree(entry.graph(), i));
        }
    }

    private void agree(Graph graph, Graph.Input parameter) {
        Type known = types.putIfAbsent(parameter.name(), parameter.value().type());
        if (known != null && !known.equals(parameter.value().type())) {
            throw new IllegalArgumentException("graph %s reads %s as %s, but another graph of the PEF trains it as %s"
                    .formatted(graph.name(), parameter.name(), parameter.value().type(), known));
        }
    }

    /// The parameters that runs replace.
    Set<String> trained() {
        return trained;
    }

    List<String> names() {
        find();
        return new ArrayList<>(types.keySet());
    }

    /// A state's memory, row-major.
    MemorySegment memory(String name) {
        if (!types.containsKey(name)) {
            find();
        }
        Type type = types.get(name);
        if (type == null) {
            throw new IllegalArgumentException(
                    "the PEF has no state %s.%s".formatted(name, Nearest.hint(name, types.keySet())));
        }
        return memory(name, type);
    }

    /// The memory of a state that a graph has with this type.
    MemorySegment memory(String name, Type type) {
        return memory.computeIfAbsent(name, _ -> create(name, type)).asSlice(0, type.bytes());
    }

    private MemorySegment create(String name, Type type) {
        MemorySegment created = NativeMemory.zeros(Math.max(64, type.bytes()), arena);
        if (trained.contains(name)) {
            weights.copy(new HostPlan.Parameter(name, type), created);
        }
        return created;
    }

    /// Makes all states zero again; trained parameters stay.
    void clear() {
        memory.forEach((name, m) -> {
            if (!trained.contains(name)) {
                m.fill((byte) 0);
            }
        });
    }

    /// The memory that the states asked for so far take.
    long bytes() {
        return memory.values().stream().mapToLong(MemorySegment::byteSize).sum();
    }
}
