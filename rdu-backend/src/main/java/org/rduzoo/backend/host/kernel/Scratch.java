package org.rduzoo.backend.host.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.rduzoo.backend.host.onednn.NativeMemory;

/// Working memory for each part of a team, shared by all kernels that the team runs one after the other. A kernel says
/// what it needs when it is made; what lies there is lost between runs.
public final class Scratch {

    private final Arena arena;
    private final MemorySegment[] memory;
    private final long[] addresses;

    /// For `parts` parts, allocated in `arena`.
    public Scratch(int parts, Arena arena) {
        this.arena = arena;
        this.memory = new MemorySegment[parts];
        this.addresses = new long[parts];
        for (int i = 0; i < parts; i++) {
            memory[i] = MemorySegment.NULL;
        }
    }

    /// How many parts there are at most.
    public int parts() {
        return memory.length;
    }

    /// Makes sure that each part has this many bytes. Not to be called while a kernel runs.
    public void require(long bytes) {
        for (int i = 0; i < memory.length; i++) {
            if (memory[i].byteSize() < bytes) {
                memory[i] = NativeMemory.zeros(bytes, arena);
                addresses[i] = memory[i].address();
            }
        }
    }

    /// The address of a part's memory, a multiple of 64.
    long at(int part) {
        return addresses[part];
    }
}
