package org.rduzoo.backend.host.kernel;

import org.rduzoo.ir.DropoutNumbers;
import org.rduzoo.ir.RoundingNumbers;

/// How an optimizer's step rounds a parameter at random, by [RoundingNumbers]. Each part of the team widens a run of it
/// into memory of its own, makes the step there, and brings it back.
///
/// @param seed `i64[]`
/// @param layer tells this parameter's random numbers from those of others
public record RandomRounding(Place seed, long layer, Scratch scratch) {

    /// Makes a step on elements that lie so that element 0 would lie at `parameter`.
    @FunctionalInterface
    interface Step {
        void run(long parameter);
    }

    /// Makes `step` on elements `first` to `first + n` of `from`, and rounds what comes of them into `to`.
    void around(Step step, int part, Place from, Place to, long first, int n) {
        long own = scratch.at(part);
        for (int i = 0; i < n; i++) {
            long address = from.address() + (first + i) * from.dtype().bytes();
            RawMemory.f32(own + 4L * i, Elements.load(from.dtype(), address));
        }
        step.run(own - 4 * first);
        long key = DropoutNumbers.key(RawMemory.i64(seed.address()), layer, first >>> 32);
        for (int i = 0; i < n; i++) {
            short rounded = RoundingNumbers.round(RawMemory.f32(own + 4L * i), key, (int) (first + i));
            long address = to.address() + (first + i) * to.dtype().bytes();
            Elements.store(to.dtype(), Float.intBitsToFloat(rounded << 16), address);
        }
    }
}
