package org.rduzoo.backend.host;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.rduzoo.ir.ChannelNorm;
import org.rduzoo.ir.Convolution;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Elementwise;
import org.rduzoo.ir.Gradient;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.ImageGradient;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Lookup;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Normalization;
import org.rduzoo.ir.Optimizer;
import org.rduzoo.ir.Positional;
import org.rduzoo.ir.Positional.CacheWrite;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.Reduction;
import org.rduzoo.ir.Sampling;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Value;

/// Cuts a graph into units: which nodes run as one kernel, and in which order.
///
/// A node that can run row by row joins the program of one of its operands if that has the same shape and section type,
/// and if nothing else it needs comes after that program; programs of its other operands then become one with it, where
/// they can. So a chain of such nodes touches memory once.
final class Grouping {

    /// The most nodes of a program that takes in another one.
    private static final int LONGEST = 24;

    private final Graph graph;
    private final List<Draft> drafts = new ArrayList<>();
    private int begun;
    private final Map<Value, Draft> producer = new HashMap<>();
    private final Map<Value, Node> views = new HashMap<>();
    private final Map<Value, List<Node>> users = new HashMap<>();
    private final Set<Value> inputs = new HashSet<>();
    private final Set<Value> outputs = new HashSet<>();
    private final Set<Value> loaded = new HashSet<>();
    /// One number a row, its dimension gone, or one a channel: nothing of the program that computes it can read it by
    /// its rows.
    private final Set<Value> rowResults = new HashSet<>();

    private final Set<String> trained;
    private final CachePlaces caches;

    private Grouping(Graph graph, CachePlaces caches, Set<String> trained) {
        this.graph = graph;
        this.caches = caches;
        this.trained = trained;
    }

    /// @param trained the parameters that runs replace, so that nothing can be computed of them at load
    static List<Unit> of(Graph graph, CachePlaces caches, Set<String> trained) {
        return new Grouping(graph, caches, trained).run();
    }

    private List<Unit> run() {
        graph.inputs(Graph.Kind.PARAMETER)
                .filter(i -> !trained.contains(i.name()))
                .forEach(i -> loaded.add(i.value()));
        graph.inputs().forEach(i -> inputs.add(i.value()));
        graph.outputs().forEach(o -> outputs.add(o.value()));
        for (Node node : graph.nodes()) {
            for (Value v : node.operands()) {
                users.computeIfAbsent(v, _ -> new ArrayList<>()).add(node);
            }
            boolean canLoad = isView(node)
                    || node.op() instanceof Layout.Constant
                    || domain(node).isPresent();
            if (canLoad && loaded.containsAll(node.operands())) {
                loaded.addAll(node.results());
            }
        }
        Set<Node> absorbed = new HashSet<>();
        for (Node node : graph.nodes()) {
            if (absorbed.contains(node)) {
                continue;
            }
            if (isView(node)) {
                views.put(node.result(), node);
                continue;
            }
            if (node.op() instanceof Layout.Constant) {
                continue;
            }
            List<Node> tail = tail(node);
            absorbed.addAll(tail);
            add(node, tail);
        }
        Set<Value> changing = graph.inputs().stream()
                .filter(i -> i.kind() == Graph.Kind.STATE || trained.contains(i.name()))
                .map(Graph.Input::value)
                .collect(Collectors.toSet());
        Set<Value> written = new HashSet<>();
        outputs.forEach(v -> written.add(source(v)));
        drafts.stream().filter(d -> d.domain.isEmpty()).forEach(d -> d.reads().forEach(v -> written.add(source(v))));
        Recomputation again =
                new Recomputation(graph.nodes(), producer, written::contains, v -> changing.contains(source(v)));
        drafts.forEach(again::extend);
        return units();
    }

    private void add(Node node, List<Node> tail) {
        boolean loading = loaded.contains(node.results().getFirst());
        Optional<Shape> domain = domain(node);
        Draft draft = domain.flatMap(d -> joinable(node, d, loading)).orElseGet(() -> begin(domain, loading));
        for (Value v : node.operands()) {
            // One after the other: what was taken in may need what comes next.
            Draft other = producer.get(v);
            if (other != null && canTakeIn(draft, other, node)) {
                takeIn(draft, other);
            }
        }
        if (node.op() instanceof Reduction.Reduce r && (!r.keepDims() || Draft.joinsPlaces(node))) {
            rowResults.add(node.result());
        }
        draft.nodes.add(node);
        draft.nodes.addAll(tail);
        node.results().forEach(v -> producer.put(v, draft));
        tail.forEach(n -> n.results().forEach(v -> producer.put(v, draft)));
        for (Value v : node.operands()) {
            Draft from = producer.get(source(v));
            if (from != null && from != draft) {
                need(draft, from);
            }
        }
    }

    /// Whether a program and another one that a node of it reads from can be one: neither needs the other, and what
    /// the node reads is there when they run.
    private boolean canTakeIn(Draft draft, Draft other, Node node) {
        return other != draft
                && !draft.nodes.isEmpty()
                && other.isLike(draft)
                && !draft.needs.get(other.number)
                && !other.needs.get(draft.number)
                && draft.nodes.size() + other.nodes.size() < LONGEST
                && other.nodes.stream().allMatch(draft::goesAlong)
                && other.goesAlong(node)
                && node.operands().stream().allMatch(o -> isBefore(o, other));
    }

    private void takeIn(Draft draft, Draft other) {
        drafts.remove(other);
        draft.nodes.addAll(0, other.nodes);
        other.nodes.stream().flatMap(n -> n.results().stream()).forEach(v -> producer.put(v, draft));
        draft.needs.or(other.needs);
        draft.needed |= other.needed;
        for (Draft d : drafts) {
            if (d.needs.get(other.number)) {
                d.needs.clear(other.number);
                d.needs.set(draft.number);
            }
            if (d.needs.get(draft.number)) {
                d.needs.or(draft.needs);
            }
        }
    }

    private Draft begin(Optional<Shape> domain, boolean loading) {
        Draft draft = new Draft(begun++, domain, loading);
        drafts.add(draft);
        return draft;
    }

    /// The program that a node may join.
    private Optional<Draft> joinable(Node node, Shape domain, boolean loading) {
        Draft best = null;
        List<Value> operands = node.operands();
        for (Value v : operands) {
            Draft d = producer.get(v);
            if (d != null
                    && d.domain.equals(Optional.of(domain))
                    && d.loading == loading
                    && d.section() == node.section()
                    && d.goesAlong(node)
                    && (best == null || d.number > best.number)
                    && operands.stream().allMatch(o -> isBefore(o, d))) {
                best = d;
            }
        }
        return Optional.ofNullable(best);
    }

    /// Whether `operand` is there when `draft` runs: made within it as an operand can be read there, or by what does
    /// not
    /// need `draft`.
    private boolean isBefore(Value operand, Draft draft) {
        Draft from = producer.get(source(operand));
        if (from == null) {
            return true;
        }
        return from == draft
                ? producer.get(operand) == draft && !rowResults.contains(operand)
                : !from.needs.get(draft.number);
    }

    private void need(Draft draft, Draft from) {
        from.needed = true;
        if (draft.needs.get(from.number)) {
            // And with it all that it needs.
            return;
        }
        draft.needs.set(from.number);
        draft.needs.or(from.needs);
        if (draft.needed) {
            for (Draft d : drafts) {
                if (d.needs.get(draft.number)) {
                    d.needs.or(draft.needs);
                }
            }
        }
    }

    /// The value that a view looks at.
    private Value source(Value v) {
        Value at = v;
        while (true) {
            Node node = views.get(at);
            if (node == null) {
                return at;
            }
            at = node.operands().getFirst();
        }
    }

    /// The nodes that a product or a rotation does in passing: the rounding to bf16 that is all its result is used for,
    /// and, of a rotation, the write to a cache that is all the rounded one is used for.
    private List<Node> tail(Node node) {
        List<Node> tail = new ArrayList<>();
        boolean rotates = node.op() instanceof Positional.Rope;
        if (rotates || node.op() instanceof Product || node.op() instanceof Convolution) {
            onlyUser(node)
                    .filter(n -> n.op() instanceof Elementwise.Cast cast && cast.dtype() == DType.BF16)
                    .ifPresent(tail::add);
        }
        if (rotates) {
            Node last = tail.isEmpty() ? node : tail.getFirst();
            onlyUser(last)
                    .filter(n -> n.op() instanceof CacheWrite write
                            && caches.isInPlace(write)
                            && inputs.contains(write.start())
                            && inputs.contains(write.valid()))
                    .ifPresent(tail::add);
        }
        return tail;
    }

    /// The one node that reads the first result of `node`, if nobody else does.
    private Optional<Node> onlyUser(Node node) {
        Value result = node.results().getFirst();
        List<Node> by = users.getOrDefault(result, List.of());
        return by.size() == 1 && !outputs.contains(result) ? Optional.of(by.getFirst()) : Optional.empty();
    }

    static boolean isView(Node node) {
        return node.op() instanceof Layout layout
                && !(layout instanceof Layout.Constant)
                && !(layout instanceof Layout.Concat);
    }

    /// The shape over whose rows a node can run, if it can.
    private static Optional<Shape> domain(Node node) {
        return switch (node.op()) {
            case Elementwise _ -> Optional.of(node.result().shape());
            case Normalization _ -> Optional.of(node.result().shape());
            case Lookup.Embedding _ -> Optional.of(node.result().shape());
            case Reduction.Softmax(Value x, int axis) when axis == x.type().rank() - 1 -> Optional.of(x.shape());
            case Reduction.Reduce r
            when r.axes().equals(List.of(r.x().type().rank() - 1)) -> Optional.of(r.x().shape());
            case Reduction.Reduce r when Draft.joinsPlaces(node) -> Optional.of(r.x().shape());
            case Reduction _, Product _, Layout _, Positional _ -> Optional.empty();
            case Convolution _, Sampling _, ChannelNorm _ -> Optional.empty();
            case Gradient _, ImageGradient _, Optimizer _ -> Optional.empty();
        };
    }

    /// The units in an order in which each finds what it needs, as near to the graph's as can be.
    private List<Unit> units() {
        List<Draft> sorted = order();
        Set<Value> leaving = new HashSet<>();
        outputs.forEach(v -> leaving.add(source(v)));
        List<Unit> units = new ArrayList<>();
        for (Draft d : sorted.reversed()) {
            Set<Value> own = d.nodes.stream()
                    .flatMap(n -> n.results().stream())
                    .filter(v -> producer.get(v) == d && leaving.contains(v))
                    .collect(Collectors.toSet());
            if (d.domain.isPresent() && own.isEmpty()) {
                // All that it computes is computed once more where it is read.
                continue;
            }
            if (d.domain.isPresent()) {
                keepWhatIsRead(d, own);
            }
            d.reads().forEach(v -> leaving.add(source(v)));
            units.add(unit(d, own));
        }
        return units.reversed();
    }

    /// Takes from a program what nobody reads any more, since others compute it once more.
    private static void keepWhatIsRead(Draft draft, Set<Value> leaving) {
        Set<Value> read = new HashSet<>(leaving);
        List<Node> kept = new ArrayList<>();
        for (Node node : draft.nodes.reversed()) {
            if (!Collections.disjoint(node.results(), read)) {
                kept.addFirst(node);
                read.addAll(node.operands());
            }
        }
        draft.nodes.clear();
        draft.nodes.addAll(kept);
    }

    private List<Draft> order() {
        // Who is looked at again once the last one that it needs and that is missing is there.
        Map<Integer, List<Draft>> waiting = new HashMap<>();
        PriorityQueue<Draft> ready = new PriorityQueue<>((a, b) -> Integer.compare(a.number, b.number));
        BitSet done = new BitSet(begun);
        Consumer<Draft> look = d -> {
            BitSet missing = (BitSet) d.needs.clone();
            missing.andNot(done);
            if (missing.isEmpty()) {
                ready.add(d);
            } else {
                waiting.computeIfAbsent(missing.length() - 1, _ -> new ArrayList<>())
                        .add(d);
            }
        };
        drafts.forEach(look);
        List<Draft> sorted = new ArrayList<>();
        while (!ready.isEmpty()) {
            Draft next = ready.remove();
            sorted.add(next);
            done.set(next.number);
            List<Draft> now = waiting.remove(next.number);
            if (now != null) {
                now.forEach(look);
            }
        }
        if (sorted.size() != drafts.size()) {
            throw new AssertionError("units that need each other in graph " + graph.name());
        }
        return sorted;
    }

    private static Unit unit(Draft draft, Set<Value> leaving) {
        Node first = draft.nodes.getFirst();
        if (draft.domain.isPresent()) {
            return new Unit.Program(draft.nodes, draft.domain.get(), draft.loading, leaving);
        }
        if (first.op() instanceof Product || first.op() instanceof Convolution) {
            return new Unit.Product(first, draft.nodes.stream().skip(1).findFirst());
        }
        if (first.op() instanceof Positional.Rope) {
            List<Node> tail = draft.nodes.subList(1, draft.nodes.size());
            return new Unit.Rope(
                    first,
                    tail.stream()
                            .filter(n -> n.op() instanceof Elementwise.Cast)
                            .findFirst(),
                    tail.stream().filter(n -> n.op() instanceof CacheWrite).findFirst());
        }
        return new Unit.Single(first);
    }
}
