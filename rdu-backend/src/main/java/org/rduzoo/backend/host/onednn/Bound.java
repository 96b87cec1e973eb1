package org.rduzoo.backend.host.onednn;

/// A primitive with the memory that one thread's runs of it read and write.
public final class Bound implements AutoCloseable {

    private final Primitive primitive;
    private final Arguments arguments;

    Bound(Primitive primitive, Arguments arguments) {
        this.primitive = primitive;
        this.arguments = arguments;
    }

    /// Computes, on the calling thread.
    public void run() {
        primitive.execute(arguments);
    }

    /// Computes, on the calling thread, with factors from elsewhere: only where [NativeProduct#bindMoving] made this.
    public void run(long a, long b) {
        arguments.move(0, a);
        arguments.move(1, b);
        primitive.execute(arguments);
    }

    @Override
    public void close() {
        arguments.close();
    }
}
