package org.rduzoo.samba.nn;

import org.rduzoo.samba.KvCache;
import org.rduzoo.samba.Tensor;

/// A pre-norm decoder layer: each half normalises, transforms, and adds back to the residual stream.
/// `[B, T, C] -> [B, T, C]`: `B` texts, `T` tokens in this run, `C` width.
public record DecoderLayer(
        RmsNorm inputNorm, GroupedQueryAttention attention, RmsNorm postAttentionNorm, GatedMlp mlp) {

    /// Layer `i` of `cache` is this layer's.
    public Tensor apply(Tensor x, KvCache cache, int i) {
        Tensor h = x.plus(attention.apply(inputNorm.apply(x), cache, i)); //                [B, T, C]
        return h.plus(mlp.apply(postAttentionNorm.apply(h))); //                            [B, T, C]
    }
}
