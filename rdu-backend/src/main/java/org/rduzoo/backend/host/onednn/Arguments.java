package org.rduzoo.backend.host.onednn;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The memory that one thread's runs of a primitive read and write. Not to be used by two threads at once.
final class Arguments implements AutoCloseable {

    /// `dnnl_exec_arg_t`: an `int`, padding, a pointer. Little-endian, the first two are a `long`.
    private static final long ARGUMENT_BYTES = 16;

    private static final int MOST = 8;

    /// So many share one piece of memory.
    private static final int SHARING = 256;

    /// What is left of that. It is of an arena that is not closed: to close a shared one, all threads of the process
    /// have to be asked.
    private static MemorySegment left = MemorySegment.NULL;

    private final OneDnn library;
    private final MemorySegment segment = take();

    private final long[] memories = new long[MOST];
    private int count;

    Arguments(OneDnn library) {
        this.library = library;
    }

    private static synchronized MemorySegment take() {
        long bytes = MOST * ARGUMENT_BYTES;
        if (left.byteSize() < bytes) {
            left = Arena.ofAuto().allocate(SHARING * bytes, 8);
        }
        MemorySegment taken = left.asSlice(0, bytes);
        left = left.asSlice(bytes);
        return taken;
    }

    /// Binds an argument.
    void add(int argument, MemorySegment description, MemorySegment data) {
        long memory = Functions.memory(description, library.engine(), data);
        memories[count] = memory;
        put(argument, memory);
    }

    /// Binds an argument to a memory that others may have, too.
    void addShared(int argument, Memories shared, MemorySegment data) {
        put(argument, shared.at(data));
    }

    /// Has the memory of the `index`th argument, which nothing else has, be somewhere else.
    void move(int index, long data) {
        Functions.moveMemory(memories[index], data);
    }

    private void put(int argument, long memory) {
        segment.set(JAVA_LONG, count * ARGUMENT_BYTES, argument);
        segment.set(JAVA_LONG, count * ARGUMENT_BYTES + 8, memory);
        count++;
    }

    int count() {
        return count;
    }

    MemorySegment segment() {
        return segment;
    }

    MemorySegment stream() {
        return library.stream();
    }

    @Override
    public void close() {
        for (int i = 0; i < count; i++) {
            if (memories[i] != 0) {
                Functions.destroyMemory(memories[i]);
            }
        }
    }
}
