package org.rduzoo.backend.host;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.rduzoo.ir.Elementwise;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.ReduceFn;
import org.rduzoo.ir.Reduction.Reduce;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Value;

/// A unit that still grows.
final class Draft {

    /// Sums of fewer channels than this are no part of a program: its rows would be too short.
    private static final int FEWEST_CHANNELS = 16;

    final int number;
    final Optional<Shape> domain;
    final boolean loading;
    final List<Node> nodes = new ArrayList<>();

    /// The numbers of those that come before it.
    final BitSet needs = new BitSet();

    /// Whether any needs it.
    boolean needed;

    Draft(int number, Optional<Shape> domain, boolean loading) {
        this.number = number;
        this.domain = domain;
        this.loading = loading;
    }

    SectionType section() {
        return nodes.getFirst().section();
    }

    /// Whether two programs could be one, as far as what they go through is concerned.
    boolean isLike(Draft other) {
        return domain.isPresent()
                && domain.equals(other.domain)
                && loading == other.loading
                && section() == other.section();
    }

    /// What it reads from others.
    List<Value> reads() {
        return reads(nodes);
    }

    /// What nodes read from others, in order.
    static List<Value> reads(List<Node> nodes) {
        Set<Value> seen = new HashSet<>();
        nodes.forEach(n -> seen.addAll(n.results()));
        List<Value> reads = new ArrayList<>();
        for (Node node : nodes) {
            for (Value v : node.operands()) {
                if (seen.add(v)) {
                    reads.add(v);
                }
            }
        }
        return reads;
    }

    /// Whether one program can go through rows as this node and those that are here need them: along the last
    /// dimension, along the channels, or along any.
    boolean goesAlong(Node node) {
        return nodes.stream().allMatch(n -> alongAny(n) || alongAny(node) || joinsPlaces(n) == joinsPlaces(node));
    }

    private static boolean alongAny(Node node) {
        return node.op() instanceof Elementwise && !(node.op() instanceof Elementwise.Dropout);
    }

    /// Whether a node sums each channel of `[N, C, places..]` over all else.
    static boolean joinsPlaces(Node node) {
        return node.op() instanceof Reduce r
                && r.fn() != ReduceFn.MAX
                && r.x().type().rank() >= 3
                && r.axes().size() == r.x().type().rank() - 1
                && !r.axes().contains(1)
                && r.x().type().dim(1) >= FEWEST_CHANNELS;
    }
}
