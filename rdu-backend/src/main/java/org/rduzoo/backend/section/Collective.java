package org.rduzoo.backend.section;

/// What chips that share a graph must tell each other after a node.
///
/// @param kind how their parts are put together
/// @param bytes of the whole value
public record Collective(Kind kind, long bytes) {

    /// How parts are put together.
    public enum Kind {
        /// Each chip has a sum of some of the terms; afterwards each has the whole sum.
        ALL_REDUCE,
        /// Each chip has some of the elements; afterwards each has all.
        ALL_GATHER
    }
}
