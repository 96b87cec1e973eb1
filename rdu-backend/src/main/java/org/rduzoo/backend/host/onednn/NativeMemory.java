package org.rduzoo.backend.host.onednn;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.Optional;

/// Memory of the C library's. What arenas give they zero by a loop in Java, which takes its time before it is compiled,
/// and for large pieces as long as to fill them.
public final class NativeMemory {

    private static final long PAGE = 4096;
    private static final long LINE = 64;
    private static final SymbolLookup C = Linker.nativeLinker().defaultLookup();
    private static final Optional<MemorySegment> ALLOCATE = C.find("aligned_alloc");
    private static final Optional<MemorySegment> ALLOCATE_ZEROED = C.find("calloc");
    private static final Optional<MemorySegment> FREE = C.find("free");

    private NativeMemory() {}

    /// Zeros from the beginning of a cache line on, that live as long as `arena`.
    @SuppressWarnings("restricted")
    public static MemorySegment zeros(long bytes, Arena arena) {
        if (ALLOCATE_ZEROED.isEmpty() || FREE.isEmpty()) {
            return arena.allocate(bytes, LINE);
        }
        long address = LongCall.call(ALLOCATE_ZEROED.get(), 1, Math.addExact(bytes, LINE), 0);
        if (address == 0) {
            throw new OutOfMemoryError("no %d bytes".formatted(bytes));
        }
        return MemorySegment.ofAddress((address + LINE - 1) & -LINE)
                .reinterpret(bytes, arena, _ -> LongCall.call(FREE.get(), address, 0, 0));
    }

    /// Whole pages that hold anything at first and live as long as `arena`.
    @SuppressWarnings("restricted")
    public static MemorySegment allocate(long bytes, Arena arena) {
        if (ALLOCATE.isEmpty() || FREE.isEmpty()) {
            return arena.allocate(bytes, PAGE);
        }
        long whole = (bytes + PAGE - 1) & -PAGE;
        long address = LongCall.call(ALLOCATE.get(), PAGE, whole, 0);
        if (address == 0) {
            throw new OutOfMemoryError("no %d bytes".formatted(bytes));
        }
        return MemorySegment.ofAddress(address)
                .reinterpret(bytes, arena, memory -> LongCall.call(FREE.get(), memory.address(), 0, 0));
    }
}
