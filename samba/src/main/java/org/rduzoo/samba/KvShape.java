package org.rduzoo.samba;

/// What a layer keeps of each token: a key and a value for each of `heads`, of `headSize` numbers.
///
/// @param window how many tokens back a token sees, itself included; 0 if all
public record KvShape(int heads, int headSize, int window) {

    /// How many tokens a cache keeps at a time: of a window only as many as the first and the last token of a run see
    /// together.
    ///
    /// @param tokens how long a text may be
    /// @param chunk how many tokens a run brings at most
    int slots(int tokens, int chunk) {
        return window == 0 ? tokens : (int) Math.min(tokens, (long) window + chunk - 1);
    }
}
