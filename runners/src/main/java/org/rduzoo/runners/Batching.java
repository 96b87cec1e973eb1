package org.rduzoo.runners;

import org.rduzoo.samba.UserError;

/// How many texts a call takes, and how many of them go through the graph at a time: `size / step` runs a call.
///
/// @param size of the batch (`--batch-size`)
/// @param step rows of the graph (`--microbatch-size`), of which `size` is a multiple
record Batching(int size, int step) {

    Batching {
        if (size % step != 0) {
            throw new UserError(("--batch-size is %d, which is not a multiple of --microbatch-size, %d."
                            + " Take --batch-size %d, or a --microbatch-size that divides %d.")
                    .formatted(size, step, roundedUp(size, step), size));
        }
    }

    /// The least multiple of `step` that is not under `size`.
    static int roundedUp(int size, int step) {
        return Math.multiplyExact(Math.ceilDiv(size, step), step);
    }

    /// How often the graph runs in a call.
    int steps() {
        return size / step;
    }
}
