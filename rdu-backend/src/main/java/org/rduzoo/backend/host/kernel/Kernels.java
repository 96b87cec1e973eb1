package org.rduzoo.backend.host.kernel;

import org.rduzoo.backend.host.machine.Kernel;

/// How kernels run on this machine. Whichever way, they compute the same, up to the order of sums.
public interface Kernels {

    /// The loops that kernels are made of.
    TileMath math();

    /// A group of element-wise operations, casts, norms, softmax and look-ups.
    Kernel rows(RowProgram program, Scratch scratch);

    /// Attention. Its parts are those that `scratch` was made for.
    Kernel attention(AttentionSpec attention, Scratch scratch);

    /// Rotary position embedding. Its parts are those that `scratch` was made for.
    Kernel rope(RopeSpec rope, Scratch scratch);

    /// The gradients of attention.
    Kernel attentionGradient(AttentionGradientSpec gradient, Scratch scratch);

    /// The gradients of a norm of rows, but for the joining of what blocks of rows add to weight and bias.
    Kernel normGradient(NormGradientSpec gradient, Scratch scratch);

    /// The gradient by a table of `rows` rows of `columns` numbers, of which `count` were taken.
    ///
    /// @param gradient `f32 [count, columns]`
    /// @param ids `i64 [count]`
    /// @param table `f32 [rows, columns]`, the result
    /// @param padding the row that stays 0, or −1
    Kernel embeddingGradient(long count, int rows, int columns, Place gradient, Place ids, Place table, long padding);

    /// The sums of the columns of a matrix.
    ///
    /// @param from `f32` or `bf16`; rows begin `rowStride` elements apart
    /// @param to `columns` numbers of `f32`
    Kernel columnSums(long rows, int columns, Place from, long rowStride, Place to, Scratch scratch);

    /// The squares of a norm's elements, summed in runs.
    Kernel squares(NormKernel norm);

    Kernel adamW(AdamWSpec step);

    Kernel sgd(SgdSpec step);

    /// The loss of each row of logits.
    Kernel crossEntropy(CrossEntropySpec loss);

    /// The column of the largest number in each of `rows` rows of `f32`, as `i64`.
    Kernel argMax(long rows, int columns, Place x, Place result);
}
