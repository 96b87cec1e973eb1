package org.rduzoo.backend.host;

import java.util.List;
import java.util.Set;
import org.rduzoo.ir.Graph;

/// A graph as this machine runs it, cut into units: all of a plan that does not say where things lie.
///
/// @param graph as [HostPlan#rewritten]
/// @param units in an order in which each finds what it needs
record Grouped(Graph graph, List<Unit> units) {

    /// @param trained the parameters that runs of this graph or another replace
    static Grouped of(Graph graph, Set<String> trained) {
        Graph own = HostPlan.rewritten(graph);
        return new Grouped(own, Grouping.of(own, CachePlaces.of(own), trained));
    }
}
