package org.rduzoo.backend.host.simd;

import org.rduzoo.backend.host.kernel.AttentionSpec;
import org.rduzoo.backend.host.kernel.Scratch;
import org.rduzoo.backend.host.machine.Kernel;

/// Attention by vectors. The queries of all heads that share a key head are taken together, so that its keys and values
/// are read once for all of them: many queries stand side by side in a vector's lanes, a few (a step of generation) one
/// after the other with their elements in the lanes.
final class VectorAttention {

    /// Up to here, a vector's lanes are better used by a query's elements than by queries.
    private static final int FEW = 8;

    private VectorAttention() {}

    static Kernel of(AttentionSpec spec, Scratch scratch) {
        return spec.group() * spec.queries() <= FEW && spec.drops().isEmpty()
                ? new FewQueries(spec, scratch.parts())
                : new ManyQueries(spec, scratch.parts());
    }
}
