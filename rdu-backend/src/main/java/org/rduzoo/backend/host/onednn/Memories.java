package org.rduzoo.backend.host.onednn;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/// The library's memories of one description, by where they are: the layers of a model read and write the same places,
/// and to make a memory takes longer than to find it.
final class Memories implements AutoCloseable {

    private final OneDnn library;
    private final MemorySegment description;
    private final Map<Long, Long> made = new HashMap<>();

    Memories(OneDnn library, MemorySegment description) {
        this.library = library;
        this.description = description;
    }

    long at(MemorySegment data) {
        Long known = made.get(data.address());
        if (known != null) {
            return known;
        }
        long memory = Functions.memory(description, library.engine(), data);
        made.put(data.address(), memory);
        return memory;
    }

    @Override
    public void close() {
        made.values().forEach(Functions::destroyMemory);
    }
}
