package org.rduzoo.backend.host.onednn;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.Optional;

/// Large pieces of memory that hold anything at first: to zero them, as arenas do, takes as long as to fill them.
public final class NativeMemory {

    private static final long PAGE = 4096;
    private static final SymbolLookup C = Linker.nativeLinker().defaultLookup();
    private static final Optional<MemorySegment> ALLOCATE = C.find("aligned_alloc");
    private static final Optional<MemorySegment> FREE = C.find("free");

    private NativeMemory() {}

    /// Whole pages that live as long as `arena`.
    @SuppressWarnings("restricted")
    public static MemorySegment allocate(long bytes, Arena arena) {
        if (ALLOCATE.isEmpty() || FREE.isEmpty()) {
            return arena.allocate(bytes, PAGE);
        }
        long whole = (bytes + PAGE - 1) & -PAGE;
        long address = LongCall.call(ALLOCATE.get(), PAGE, whole, 0);
        if (address == 0) {
            throw new OutOfMemoryError("no %d bytes for a weight".formatted(bytes));
        }
        return MemorySegment.ofAddress(address)
                .reinterpret(bytes, arena, memory -> LongCall.call(FREE.get(), memory.address(), 0, 0));
    }
}
