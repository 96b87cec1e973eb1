package org.rduzoo.samba;

import java.util.List;

/// A decoder that is built: a body that turns tokens to vectors, and a head. `B` texts, `T` tokens in this run, `C`
/// hidden size, `V` vocabulary.
public interface CausalLm {

    /// What each layer keeps of a token.
    List<KvShape> cacheShapes();

    /// The last hidden state: `i64[B, T] -> [B, T, C]`. Layer `i` attends through `cache.layer(i)`.
    Tensor hidden(Tensor inputIds, KvCache cache);

    /// `[.., C] -> [.., V]`. Apart from the body, so that a prompt's last token alone needs it.
    Tensor logits(Tensor hidden);
}
