package org.rduzoo.ir;

/// How a value between places is made.
public enum ResizeMode {
    /// The place before it.
    NEAREST,
    /// The neighbours in each dimension, weighted by their nearness.
    LINEAR
}
