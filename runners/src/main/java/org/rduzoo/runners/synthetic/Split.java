package org.rduzoo.runners.synthetic;

import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;

/// What is learned from, and what is held out to see what was learned.
record Split<T>(List<T> training, List<T> heldOut) {

    /// Draws both, no two alike.
    static <T> Split<T> distinct(int count, int heldOut, long seed, Function<Random, T> draw) {
        Random random = new Random(seed);
        List<T> all = Stream.generate(() -> draw.apply(random))
                .distinct()
                .limit((long) count + heldOut)
                .toList();
        return new Split<>(all.subList(0, count), all.subList(count, all.size()));
    }
}
