package org.rduzoo.backend.section;

/// How a stage takes what it reads.
public enum Operand {
    /// The left factor of a product: the units of a row of pieces take the same numbers at the same time.
    LEFT,
    /// The right factor of a product: each column of pieces takes numbers of its own, for each row again.
    RIGHT,
    /// Whatever else is read, once.
    ONCE
}
