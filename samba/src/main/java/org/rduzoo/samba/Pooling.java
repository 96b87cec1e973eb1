package org.rduzoo.samba;

/// How the vectors of a text's tokens become the text's.
public enum Pooling {
    /// The mean over the tokens that are not padding.
    MEAN,
    /// The first token's.
    CLS,
    /// Not at all: a vector a token.
    NONE
}
