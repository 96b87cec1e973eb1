package org.rduzoo.backend.host.onednn;

import java.lang.foreign.MemorySegment;

/// Compiled code for one shape of work. It keeps no state, so all threads may run it at once, each with its own
/// [Arguments].
final class Primitive implements AutoCloseable {

    private final MemorySegment handle;

    private Primitive(MemorySegment handle) {
        this.handle = handle;
    }

    static Primitive of(MemorySegment primitiveDescription) {
        return new Primitive(Functions.primitive(primitiveDescription));
    }

    void execute(Arguments arguments) {
        Functions.execute(handle, arguments.stream(), arguments.count(), arguments.segment());
    }

    @Override
    public void close() {
        Functions.destroyPrimitive(handle);
    }
}
