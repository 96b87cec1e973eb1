package org.rduzoo.samba;

import java.util.Optional;

/// Which keys a query sees, as [org.rduzoo.ir.Product.Attention] says: of `S` keys and `B` texts.
///
/// @param start `i64[B]`: the position of the first query
/// @param valid `i64[B]`: how many keys count
/// @param segments `i64[B, S]`: only tokens of the same number see each other
/// @param keyMask `i64[B, S]`: 0 on keys that nobody sees
/// @param causal whether a query sees none after itself
/// @param window how many keys back a query sees, its own included; 0 if all
/// @param ring whether the keys are a ring of slots, of which the last `S` positions below `valid[b]` are kept
public record Visibility(
        Optional<Tensor> start,
        Optional<Tensor> valid,
        Optional<Tensor> segments,
        Optional<Tensor> keyMask,
        boolean causal,
        int window,
        boolean ring) {

    /// Every query sees every key that `keyMask` does not leave out.
    public static Visibility masked(Tensor keyMask) {
        return new Visibility(
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(keyMask), false, 0, false);
    }

    Visibility withWindow(int newWindow, boolean newRing) {
        return new Visibility(start, valid, segments, keyMask, causal, newWindow, newRing);
    }
}
