package org.rduzoo.backend.host.gemm;

/// A piece of work for one thread, bound to its memory.
@FunctionalInterface
public interface Task {
    void run();
}
