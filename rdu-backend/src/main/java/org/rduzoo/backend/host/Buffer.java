package org.rduzoo.backend.host;

/// A piece of memory that a plan asks for.
final class Buffer {

    /// Where the memory comes from, and how long it holds what was written.
    enum Kind {
        /// The arena that steps reuse: from the step that writes it to the last that reads it.
        ARENA,
        /// The caller's, for one run.
        INPUT,
        /// What runs leave for later runs, of this graph or another.
        STATE,
        /// The caller's to read, until the next run.
        OUTPUT,
        /// A weight, as the checkpoint has it or converted at load.
        WEIGHT,
        /// Computed from weights at load.
        LOADED
    }

    private final int number;
    private final Kind kind;
    private final long bytes;

    Buffer(int number, Kind kind, long bytes) {
        this.number = number;
        this.kind = kind;
        this.bytes = bytes;
    }

    int number() {
        return number;
    }

    Kind kind() {
        return kind;
    }

    long bytes() {
        return bytes;
    }

    /// Its number. Two are the same only if they are one object.
    @Override
    public int hashCode() {
        return number;
    }

    @Override
    public String toString() {
        return "b" + number;
    }
}
