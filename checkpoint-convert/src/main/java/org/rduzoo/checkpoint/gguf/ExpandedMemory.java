package org.rduzoo.checkpoint.gguf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Memory for expanded tensors, outside the heap.
///
/// A tensor's memory is given back once nothing refers to it, so a converter can walk through a model that
/// is larger than the machine. The system keeps such memory within a bound, `-XX:MaxDirectMemorySize`; who
/// holds more tensors at once than that gets the rest from an arena that lives until it is closed.
final class ExpandedMemory implements AutoCloseable {

    private static final long ALIGNMENT = 64;

    private final Arena lasting = Arena.ofShared();
    private volatile boolean bounded = true;

    MemorySegment allocate(long bytes) {
        if (bounded) {
            try {
                return Arena.ofAuto().allocate(bytes, ALIGNMENT);
            } catch (OutOfMemoryError e) {
                bounded = false;
            }
        }
        return lasting.allocate(bytes, ALIGNMENT);
    }

    @Override
    public void close() {
        if (lasting.scope().isAlive()) {
            lasting.close();
        }
    }
}
