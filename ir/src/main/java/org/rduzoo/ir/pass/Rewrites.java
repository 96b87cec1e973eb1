package org.rduzoo.ir.pass;

import java.util.List;
import org.rduzoo.ir.Pass;

/// The passes of a compilation.
public final class Rewrites {

    private Rewrites() {}

    /// What every graph goes through after [Precision], in order: patterns are looked for in a graph that says each
    /// thing once and in one way, small patterns before those that contain them.
    public static List<Pass> standard() {
        return List.of(
                new FoldConstants(),
                new CommonSubexpressions(),
                new DeadCode(),
                new FuseActivation(),
                new FuseLayerNorm(),
                new FuseRmsNorm(),
                new FuseAttention(),
                new FuseLinear(),
                new FuseConvolution(),
                new FoldConstants(),
                new CommonSubexpressions(),
                new DeadCode());
    }
}
