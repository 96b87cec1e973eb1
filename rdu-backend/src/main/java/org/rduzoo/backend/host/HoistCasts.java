package org.rduzoo.backend.host;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.rduzoo.ir.Elementwise.Cast;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Pass;
import org.rduzoo.ir.Rewriter;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Value;

/// Moves casts in front of the layout operations whose results they convert, so that they meet the kernel that computes
/// the number. One cast a value,
/// element type and part of the step.
///
/// Before: `%1 = reshape(%0); %2 = cast(%1)`   After: `%1 = cast(%0); %2 = reshape(%1)`
record HoistCasts() implements Pass {

    private record Key(Cast cast, SectionType section) {}

    @Override
    public String name() {
        return "hoist-casts";
    }

    @Override
    public Graph run(Graph graph) {
        Rewriter rewriter = new Rewriter(graph);
        Map<Value, Node> producers = new HashMap<>();
        Map<Key, Value> casts = new HashMap<>();
        for (Node node : graph.nodes()) {
            node.results().forEach(v -> producers.put(v, node));
            if (node.op() instanceof Cast cast) {
                rewriter.replace(node.result(), hoist(rewriter, producers, casts, node, cast));
            } else {
                rewriter.copy(node);
            }
        }
        return rewriter.finish();
    }

    private static Value hoist(
            Rewriter rewriter, Map<Value, Node> producers, Map<Key, Value> casts, Node at, Cast cast) {
        Key key = new Key(cast, at.section());
        Value known = casts.get(key);
        if (known != null) {
            return known;
        }
        Node producer = producers.get(cast.x());
        Value result;
        if (producer != null && isView(producer.op())) {
            Value source = Ops.operands(producer.op()).getFirst();
            Value converted = hoist(rewriter, producers, casts, at, new Cast(source, cast.dtype()));
            result = rewriter.emit(Ops.mapOperands(producer.op(), _ -> converted), producer.path(), at.section())
                    .getFirst();
        } else {
            result = rewriter.emit(new Cast(rewriter.map(cast.x()), cast.dtype()), at);
        }
        casts.put(key, result);
        return result;
    }

    private static boolean isView(Op op) {
        return op instanceof Layout
                && List.of(Layout.Reshape.class, Layout.Transpose.class, Layout.Slice.class)
                        .contains(op.getClass());
    }
}
