package org.rduzoo.backend.host;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Elementwise.Cast;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Pass;
import org.rduzoo.ir.Rewriter;
import org.rduzoo.ir.Sampling;
import org.rduzoo.ir.Value;

/// Moves casts in front of the operations that only move the elements they convert, so that they meet the kernel that
/// computes the number. One cast a value, element type and part of the step. Pools and concatenations of `f32` that is
/// rounded afterwards move half the bytes.
///
/// Before: `%1 = reshape(%0); %2 = cast(%1)`   After: `%1 = cast(%0); %2 = reshape(%1)`
record HoistCasts() implements Pass {

    @Override
    public String name() {
        return "hoist-casts";
    }

    @Override
    public Graph run(Graph graph) {
        Rewriter rewriter = new Rewriter(graph);
        Map<Value, Node> producers = new HashMap<>();
        Map<List<Object>, Value> casts = new HashMap<>();
        Map<Value, Set<Object>> readers =
                graph.nodes().stream().anyMatch(n -> isMover(n.op())) ? readers(graph) : Map.of();
        for (Node node : graph.nodes()) {
            node.results().forEach(v -> producers.put(v, node));
            if (node.op() instanceof Cast cast) {
                rewriter.replace(node.result(), hoist(rewriter, producers, casts, readers, node, cast));
            } else {
                rewriter.copy(node);
            }
        }
        return rewriter.finish();
    }

    private static Value hoist(
            Rewriter rewriter,
            Map<Value, Node> producers,
            Map<List<Object>, Value> casts,
            Map<Value, Set<Object>> readers,
            Node at,
            Cast cast) {
        List<Object> key = List.of(cast.x(), cast.dtype(), at.section());
        Value known = casts.get(key);
        if (known != null) {
            return known;
        }
        Node producer = producers.get(cast.x());
        Value result;
        if (producer != null && (isView(producer.op()) || onlyMoves(producer, cast, readers))) {
            Op converted = Ops.mapOperands(
                    producer.op(), v -> hoist(rewriter, producers, casts, readers, at, new Cast(v, cast.dtype())));
            result = rewriter.emit(converted, producer.path(), at.section()).getFirst();
        } else {
            result = rewriter.emit(new Cast(rewriter.map(cast.x()), cast.dtype()), at);
        }
        casts.put(key, result);
        return result;
    }

    /// Whether elements are chosen or joined, each as it is, and all that reads them is this rounding.
    private static boolean onlyMoves(Node producer, Cast cast, Map<Value, Set<Object>> readers) {
        return isMover(producer.op())
                && cast.x().dtype() == DType.F32
                && cast.dtype() == DType.BF16
                && Set.of(cast).equals(readers.get(cast.x()));
    }

    private static boolean isMover(Op op) {
        return op instanceof Sampling.MaxPool || op instanceof Layout.Concat;
    }

    /// What reads each value: operations, and the outputs of the graph.
    private static Map<Value, Set<Object>> readers(Graph graph) {
        Map<Value, Set<Object>> readers = new HashMap<>();
        for (Node node : graph.nodes()) {
            node.operands()
                    .forEach(v ->
                            readers.computeIfAbsent(v, _ -> new HashSet<>()).add(node.op()));
        }
        graph.outputs()
                .forEach(o ->
                        readers.computeIfAbsent(o.value(), _ -> new HashSet<>()).add(o));
        return readers;
    }

    private static boolean isView(Op op) {
        return op instanceof Layout
                && List.of(Layout.Reshape.class, Layout.Transpose.class, Layout.Slice.class)
                        .contains(op.getClass());
    }
}
