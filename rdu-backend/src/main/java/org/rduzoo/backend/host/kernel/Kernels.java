package org.rduzoo.backend.host.kernel;

import org.rduzoo.backend.host.machine.Kernel;

/// How kernels run on this machine. Whichever way, they compute the same, up to the order of sums.
public interface Kernels {

    /// A group of element-wise operations, casts, norms, softmax and look-ups.
    Kernel rows(RowProgram program, Scratch scratch);

    /// Attention. Its parts are those that `scratch` was made for.
    Kernel attention(AttentionSpec attention, Scratch scratch);

    /// Rotary position embedding. Its parts are those that `scratch` was made for.
    Kernel rope(RopeSpec rope, Scratch scratch);

    /// The loss of each row of logits.
    Kernel crossEntropy(CrossEntropySpec loss);

    /// The column of the largest number in each of `rows` rows of `f32`, as `i64`.
    Kernel argMax(long rows, int columns, Place x, Place result);
}
