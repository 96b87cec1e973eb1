package org.rduzoo.samba.nn;

import org.rduzoo.samba.Dropout;
import org.rduzoo.samba.KvCache;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Tensor;

/// Causal self-attention in which each key head serves a group of query heads (Ainslie et al. 2023, arXiv 2305.13245),
/// with rotary positions. `B` texts, `T` tokens in this run, `C` width, `H` heads of size `D`.
public record GroupedQueryAttention(
        Linear query,
        Linear key,
        Linear value,
        Linear output,
        int heads,
        int keyHeads,
        int headSize,
        Rope rope,
        Dropout dropout) {

    public static GroupedQueryAttention of(
            Params p, int width, int heads, int keyHeads, int headSize, boolean bias, Rope rope, Dropout dropout) {
        return new GroupedQueryAttention(
                Linear.of(p.at("q_proj"), width, heads * headSize, bias),
                Linear.of(p.at("k_proj"), width, keyHeads * headSize, bias),
                Linear.of(p.at("v_proj"), width, keyHeads * headSize, bias),
                Linear.of(p.at("o_proj"), heads * headSize, width, bias),
                heads,
                keyHeads,
                headSize,
                rope,
                dropout);
    }

    /// `[B, T, C] -> [B, T, C]`. Layer `i` of `cache` is this layer's.
    public Tensor apply(Tensor x, KvCache cache, int i) {
        Tensor q = rope.apply(split(query.apply(x), heads), cache.start()); //              [B, H, T, D]
        Tensor k = rope.apply(split(key.apply(x), keyHeads), cache.start());
        Tensor v = split(value.apply(x), keyHeads);
        Tensor gathered = cache.layer(i).attend(q, k, v, 1 / Math.sqrt(headSize), dropout); // [B, H, T, D]
        return output.apply(gathered.transpose(0, 2, 1, 3).reshape(x.dim(0), x.dim(1), heads * headSize));
    }

    private Tensor split(Tensor x, int n) {
        return x.reshape(x.dim(0), x.dim(1), n, headSize).transpose(0, 2, 1, 3);
    }
}
