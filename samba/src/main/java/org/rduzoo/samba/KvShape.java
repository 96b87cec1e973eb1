package org.rduzoo.samba;

/// What a layer keeps of each token: a key and a value for each of `heads`, of `headSize` numbers.
///
/// @param window how many tokens back a token sees, itself included; 0 if all
public record KvShape(int heads, int headSize, int window) {}
