package org.rduzoo.ir;

/// A rewrite of a graph that keeps its meaning.
public interface Pass {

    /// The name in dumps and in messages, as in `fuse-linear`.
    String name();

    Graph run(Graph graph);
}
