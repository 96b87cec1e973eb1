package org.rduzoo.backend.host;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Positional;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Value;

/// Nodes that one kernel does together. Layout operations are no units: they become views.
sealed interface Unit {

    List<Node> nodes();

    /// What it reads from others.
    default List<Value> reads() {
        return Draft.reads(nodes());
    }

    /// As in `linear+cast @ encoder.layer.0.attention.self.query`.
    default String label() {
        String names = nodes().stream().map(n -> Ops.name(n.op())).collect(Collectors.joining("+"));
        return nodes().getFirst().path().isEmpty()
                ? names
                : names + " @ " + nodes().getFirst().path();
    }

    /// Element-wise operations, norms and look-ups over the rows of one shape.
    ///
    /// @param loading whether it depends on weights alone, and so runs once, at load
    /// @param leaving the results that it writes, since others read them
    record Program(List<Node> nodes, Shape domain, boolean loading, Set<Value> leaving) implements Unit {}

    /// A product or a convolution, with the rounding of its result if that is all its result is used for.
    record Product(Node node, Optional<Node> rounding) implements Unit {
        @Override
        public List<Node> nodes() {
            return rounding.isPresent() ? List.of(node, rounding.get()) : List.of(node);
        }

        /// The value that others read.
        Value output() {
            return rounding.map(Node::result).orElseGet(() -> node.results().getFirst());
        }
    }

    /// A rotary embedding, with the rounding of its result and the write of that to a cache in its place, if that is
    /// all each is used for.
    record Rope(Node node, Optional<Node> rounding, Optional<Node> write) implements Unit {
        @Override
        public List<Node> nodes() {
            List<Node> nodes = new ArrayList<>(List.of(node));
            rounding.ifPresent(nodes::add);
            write.ifPresent(nodes::add);
            return nodes;
        }

        Positional.Rope rope() {
            return (Positional.Rope) node.op();
        }

        /// The value that others read.
        Value output() {
            return nodes().getLast().result();
        }
    }

    /// Any other node, by itself.
    record Single(Node node) implements Unit {
        @Override
        public List<Node> nodes() {
            return List.of(node);
        }
    }
}
