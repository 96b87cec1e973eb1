package org.rduzoo.backend.host.machine;

/// Work that the team of threads does together: each thread calls [#run] with its part.
///
/// All memory is bound when the kernel is made; a run allocates nothing. The parts are independent: they may run in
/// any order, or one after the other on one thread.
@FunctionalInterface
public interface Kernel {

    /// Does one part of the work.
    ///
    /// @param part which part, from 0
    /// @param parts how many there are; a kernel that was planned for a number of parts says so and expects just that
    void run(int part, int parts);
}
