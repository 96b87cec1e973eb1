package org.rduzoo.backend.arch;

import java.util.Locale;

/// How several chips share a graph.
public enum TensorParallel {
    /// One chip computes all of it.
    NONE,
    /// Each chip takes some rows of the batch, and has all weights.
    BATCH,
    /// Each chip takes some columns of every weight, and all rows.
    WEIGHT;

    /// The name as an option, as in `weight`.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
