package org.rduzoo.backend.host.kernel;

import java.util.Optional;
import org.rduzoo.backend.host.kernel.AttentionSpec.Heads;
import org.rduzoo.ir.DType;

/// What [org.rduzoo.ir.Positional.Rope] computes, on memory; rounded once where `out` is `bf16`.
///
/// @param size elements of a head, of which the first `2 · pairs` are turned
/// @param x `f32 [batch, heads, tokens, size]`
/// @param cos `f32 [batch, tokens, pairs]`, row-major, as `sin`
/// @param out `[batch, heads, tokens, size]`, or with `slots` a cache `[batch, heads, slots, size]`
/// @param slots where in a cache each token goes; without, a token goes to its own place
public record RopeSpec(
        int batch,
        int heads,
        int tokens,
        int size,
        int pairs,
        Heads x,
        Place cos,
        Place sin,
        Heads out,
        Optional<CacheSlots> slots) {

    public RopeSpec {
        if (x.place().dtype() != DType.F32 || cos.dtype() != DType.F32 || sin.dtype() != DType.F32) {
            throw new IllegalArgumentException("what is turned, and its angles, are f32");
        }
        if (2L * pairs > size) {
            throw new IllegalArgumentException(pairs + " pairs do not fit in a head of " + size);
        }
        x.require(batch, heads, tokens, size);
        cos.require((long) batch * tokens * pairs);
        sin.require((long) batch * tokens * pairs);
        out.require(batch, heads, slots.map(CacheSlots::slots).orElse(tokens), size);
        slots.ifPresent(s -> s.require(batch));
    }
}
