package org.rduzoo.backend.host;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.Nearest;

/// What runs leave for later runs: a piece of memory for each name, which all graphs of a PEF share. Zero at first.
final class HostStates {

    private final Map<String, Type> types = new LinkedHashMap<>();
    private final Map<String, MemorySegment> memory = new HashMap<>();
    private final Arena arena;

    /// The states of all graphs of a PEF, which has made sure that they agree on each.
    HostStates(Pef pef, Arena arena) {
        this.arena = arena;
        for (Pef.Entry entry : pef.entries()) {
            entry.graph()
                    .inputs(Graph.Kind.STATE)
                    .forEach(i -> types.put(i.name(), i.value().type()));
        }
    }

    List<String> names() {
        return new ArrayList<>(types.keySet());
    }

    /// A state's memory, row-major.
    MemorySegment memory(String name) {
        Type type = types.get(name);
        if (type == null) {
            throw new IllegalArgumentException(
                    "the PEF has no state %s.%s".formatted(name, Nearest.hint(name, types.keySet())));
        }
        return memory.computeIfAbsent(name, _ -> arena.allocate(Math.max(64, type.bytes()), 64))
                .asSlice(0, type.bytes());
    }

    /// Makes all states zero again.
    void clear() {
        memory.values().forEach(m -> m.fill((byte) 0));
    }

    /// The memory that the states asked for so far take.
    long bytes() {
        return memory.values().stream().mapToLong(MemorySegment::byteSize).sum();
    }
}
