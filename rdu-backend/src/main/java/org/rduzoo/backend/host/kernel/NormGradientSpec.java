package org.rduzoo.backend.host.kernel;

import java.util.Optional;

/// What [org.rduzoo.ir.Gradient.LayerNormGradient] and [org.rduzoo.ir.Gradient.RmsNormGradient] compute, on memory.
///
/// @param x `[rows, columns]`, row-major, `f32` or `bf16`
/// @param weight `f32 [columns]`
/// @param gradient as `x`, `f32`
/// @param byX as `x`, `f32`
/// @param sums `f32 [blocks, 2, columns]`: what each block of rows adds to the gradients of weight and bias
/// @param centers whether it is a layer norm
public record NormGradientSpec(
        long rows,
        int columns,
        Place x,
        Optional<Place> weight,
        Place gradient,
        Place byX,
        Place sums,
        double epsilon,
        boolean centers) {

    /// Blocks of rows are as many at most, whatever the number of parts, so that sums do not depend on it.
    private static final int MOST_BLOCKS = 64;

    public NormGradientSpec {
        x.require(rows * columns);
        weight.ifPresent(w -> w.require(columns));
        gradient.require(rows * columns);
        byX.require(rows * columns);
        sums.require(2L * blocks(rows) * columns);
    }

    /// The blocks that so many rows are taken in.
    public static int blocks(long rows) {
        return Math.clamp(rows, 1, MOST_BLOCKS);
    }
}
