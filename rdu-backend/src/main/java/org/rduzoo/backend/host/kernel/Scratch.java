package org.rduzoo.backend.host.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.backend.host.onednn.NativeMemory;

/// Working memory for each part of a kernel, shared by all kernels that a team runs one after the other. A kernel says
/// what it needs when it is made; what lies there is lost between runs.
public final class Scratch {

    private final Arena arena;
    private final int parts;
    private final MemorySegment[] memory;
    private final long[] addresses;

    /// For a team of `parts` threads, allocated in `arena`.
    public Scratch(int parts, Arena arena) {
        this.arena = arena;
        this.parts = parts;
        this.memory = new MemorySegment[Kernel.mostParts(parts)];
        this.addresses = new long[memory.length];
        for (int i = 0; i < memory.length; i++) {
            memory[i] = MemorySegment.NULL;
        }
    }

    /// How many parts a kernel has, if it has one a thread.
    public int parts() {
        return parts;
    }

    /// Makes sure that each part has this many bytes, if there is one a thread. Not to be called while a kernel runs.
    public void require(long bytes) {
        require(bytes, parts);
    }

    /// As the other `require`, for kernels of so many parts.
    public void require(long bytes, int parts) {
        for (int i = 0; i < parts; i++) {
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
