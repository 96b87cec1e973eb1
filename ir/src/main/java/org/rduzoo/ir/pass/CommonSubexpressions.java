package org.rduzoo.ir.pass;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Pass;
import org.rduzoo.ir.Rewriter;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Value;

/// Computes a thing once: of nodes with the same operation on the same operands, in the same part of the step, the
/// first stands for all. The backward pass does not reach into the forward pass this way, as that would save more
/// values between the two.
///
/// Before: `%1 = exp(%0); %2 = exp(%0); %3 = add(%1, %2)`
///
/// After: `%1 = exp(%0); %2 = add(%1, %1)`
public record CommonSubexpressions() implements Pass {

    private record Key(Op op, SectionType section) {}

    @Override
    public String name() {
        return "common-subexpressions";
    }

    @Override
    public Graph run(Graph graph) {
        Rewriter out = new Rewriter(graph);
        Map<Key, List<Value>> known = new HashMap<>();
        for (Node node : graph.nodes()) {
            Op op = Ops.mapOperands(node.op(), out::map);
            List<Value> results = known.computeIfAbsent(
                    new Key(op, node.section()), key -> out.emit(op, node.path(), node.section()));
            for (int i = 0; i < results.size(); i++) {
                out.replace(node.results().get(i), results.get(i));
            }
        }
        return out.finish();
    }
}
