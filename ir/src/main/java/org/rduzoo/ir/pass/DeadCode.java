package org.rduzoo.ir.pass;

import java.util.BitSet;
import java.util.List;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Pass;
import org.rduzoo.ir.Rewriter;
import org.rduzoo.ir.Value;

/// Leaves out nodes that reach no output. Inputs stay.
///
/// Before: `%1 = exp(%0); %2 = abs(%0); output "y" = %2`
///
/// After: `%1 = abs(%0); output "y" = %1`
public record DeadCode() implements Pass {

    @Override
    public String name() {
        return "dead-code";
    }

    @Override
    public Graph run(Graph graph) {
        BitSet live = new BitSet();
        graph.outputs().forEach(o -> live.set(o.value().number()));
        List<Node> nodes = graph.nodes();
        boolean allLive = true;
        for (Node node : nodes.reversed()) {
            if (isLive(node, live)) {
                node.operands().forEach(v -> live.set(v.number()));
            } else {
                allLive = false;
            }
        }
        if (allLive) {
            return graph;
        }
        Rewriter out = new Rewriter(graph);
        nodes.stream().filter(n -> isLive(n, live)).forEach(out::copy);
        return out.finish();
    }

    private static boolean isLive(Node node, BitSet live) {
        for (Value v : node.results()) {
            if (live.get(v.number())) {
                return true;
            }
        }
        return false;
    }
}
