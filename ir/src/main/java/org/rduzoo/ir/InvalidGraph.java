package org.rduzoo.ir;

/// A graph that breaks a rule which every graph keeps: a mistake of the pass that built it, or a damaged file.
public final class InvalidGraph extends RuntimeException {

    private static final long serialVersionUID = 1;

    InvalidGraph(String graph, String where, String problem) {
        super("graph \"%s\", %s: %s".formatted(graph, where, problem));
    }
}
