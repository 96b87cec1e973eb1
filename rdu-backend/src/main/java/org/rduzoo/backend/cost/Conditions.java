package org.rduzoo.backend.cost;

import org.rduzoo.backend.arch.Arch;

/// How a graph is run, beyond how it was compiled.
///
/// @param keys the most places of a cache that are in use
/// @param microBatches how often the forward and the backward pass run before the weights change
/// @param schedule whether the chip launches sections from its own schedule, rather than the host
public record Conditions(long keys, int microBatches, boolean schedule) {

    /// Caches are read in blocks of so many places.
    private static final long BLOCK = 256;

    /// Caches are full, batches whole; a chip with HBM runs from its own schedule, as its runtime does.
    public static Conditions of(Arch arch) {
        return new Conditions(Long.MAX_VALUE, 1, arch.memories().size() > 1);
    }

    /// Caches hold `used` places, which are read in blocks.
    public Conditions withKeys(long used) {
        return new Conditions((used + BLOCK - 1) / BLOCK * BLOCK, microBatches, schedule);
    }

    public Conditions withMicroBatches(int count) {
        return new Conditions(keys, count, schedule);
    }
}
