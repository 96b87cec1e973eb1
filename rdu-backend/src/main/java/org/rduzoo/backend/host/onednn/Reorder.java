package org.rduzoo.backend.host.onednn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// From one layout to another: oneDNN's reorder. Threads may run it at once.
final class Reorder implements AutoCloseable {

    private final OneDnn library;
    private final MemorySegment from;
    private final MemorySegment to;
    private final MemorySegment handle;
    private final MemorySegment pad;
    private final long padBytes;
    private final Primitive primitive;

    /// @param from the layout that is read, and `to` the one that is written: both stay the caller's
    Reorder(OneDnn library, MemorySegment from, MemorySegment to) {
        this.library = library;
        MemorySegment noPostOps = Functions.postOps();
        MemorySegment attributes = Functions.attributes(noPostOps);
        try {
            this.handle = Functions.reorder(library.engine(), from, to, attributes);
        } finally {
            Functions.destroyAttributes(attributes);
            Functions.destroyPostOps(noPostOps);
        }
        this.from = Functions.cloneDescription(from);
        this.to = Functions.cloneDescription(to);
        this.pad = Functions.queryDescription(handle, Functions.QUERY_SCRATCHPAD);
        this.padBytes = Functions.bytes(pad);
        this.primitive = Primitive.of(handle);
    }

    void run(MemorySegment source, MemorySegment target) {
        try (Arena arena = Arena.ofConfined();
                Arguments arguments = new Arguments(library)) {
            arguments.add(Functions.ARG_SRC, from, source);
            arguments.add(Functions.ARG_DST, to, target);
            if (padBytes > 0) {
                arguments.add(Functions.ARG_SCRATCHPAD, pad, arena.allocate(padBytes, 64));
            }
            primitive.execute(arguments);
        }
    }

    @Override
    public void close() {
        primitive.close();
        Functions.destroyPrimitiveDescription(handle);
        Functions.destroyDescription(from);
        Functions.destroyDescription(to);
    }
}
