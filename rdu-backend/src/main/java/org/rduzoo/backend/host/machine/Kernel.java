package org.rduzoo.backend.host.machine;

/// Work that the team of threads does together, cut into parts.
///
/// All memory is bound when the kernel is made; a run allocates nothing. The parts are independent: they may run in
/// any order, or one after the other on one thread.
@FunctionalInterface
public interface Kernel {

    /// Parts a thread that long work is cut into. A processor that others use too, or a slower one, then does fewer,
    /// and
    /// the others do not wait for it.
    int SHARES = 4;

    /// Does one part of the work.
    ///
    /// @param part which part, from 0
    /// @param parts how many there are; a kernel that was planned for a number of parts says so and expects just that
    void run(int part, int parts);

    /// How many parts a team of so many threads makes of it.
    default int parts(int threads) {
        return threads;
    }

    /// The most that it may make of any.
    static int mostParts(int threads) {
        return threads == 1 ? 1 : threads * SHARES;
    }

    /// How many parts a team of so many threads makes of work in units, if a part has some at least where there is more
    /// than one a thread.
    static int partsOf(long units, int least, int threads) {
        int most = mostParts(threads);
        return units >= (long) most * least ? most : threads;
    }
}
