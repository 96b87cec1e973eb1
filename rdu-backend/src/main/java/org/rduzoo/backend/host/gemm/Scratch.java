package org.rduzoo.backend.host.gemm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.rduzoo.backend.host.onednn.NativeMemory;

/// Memory that one thread's tasks use one after the other. Tasks are bound to it when they are planned, so it grows
/// by replacement: those planned before keep what they have.
public final class Scratch {

    private static final long LEAST = 1 << 20;

    private final Arena arena;
    private MemorySegment segment = MemorySegment.NULL;

    public Scratch(Arena arena) {
        this.arena = arena;
    }

    /// At least so many bytes, aligned to a page.
    public MemorySegment of(long bytes) {
        if (segment.byteSize() < bytes) {
            segment = NativeMemory.allocate(Math.max(LEAST, Long.highestOneBit(bytes) * 2), arena);
        }
        return segment;
    }
}
