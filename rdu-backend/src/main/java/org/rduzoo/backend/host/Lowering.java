package org.rduzoo.backend.host;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.rduzoo.backend.host.Buffer.Kind;
import org.rduzoo.ir.ChannelNorm;
import org.rduzoo.ir.Convolution;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Elementwise;
import org.rduzoo.ir.Gradient;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.ImageGradient;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Lookup;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Normalization;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Optimizer;
import org.rduzoo.ir.Positional;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.ReduceFn;
import org.rduzoo.ir.Reduction;
import org.rduzoo.ir.Sampling;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Value;

/// Turns units into steps: gives each value that leaves its unit a place in a buffer, follows layout operations as
/// views, and copies only what a kernel cannot read as it lies.
final class Lowering {

    private final Graph graph;
    private final List<Unit> units;
    private final List<Buffer> buffers = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private final Map<Value, View> views = new HashMap<>();
    private final Map<Copy, View> copies = new HashMap<>();
    private final Map<Value, Node> viewNodes = new HashMap<>();
    private final Map<Value, Integer> readers = new HashMap<>();
    private final Set<Value> results = new HashSet<>();
    private final Map<String, View> inputs = new LinkedHashMap<>();
    private final Map<String, View> outputs = new LinkedHashMap<>();
    private final Map<Buffer, HostPlan.Parameter> parameters = new LinkedHashMap<>();
    private final Map<Buffer, Dense> constants = new LinkedHashMap<>();

    private final Set<String> trained;
    private final boolean step;
    private final CachePlaces caches;
    private final PositionalLowering positional;
    private final GradientLowering gradients = new GradientLowering(this);
    private final OptimizerLowering optimizers = new OptimizerLowering(this);
    private final ImageLowering images;
    private final RowLowering rows = new RowLowering(this);

    /// Where the values go that replace a state or parameter, if they replace one.
    private final Map<Value, View> replacements = new HashMap<>();

    /// A view that was copied, and the part of the step that did.
    private record Copy(View view, SectionType section) {}

    private Lowering(Grouped grouped, Set<String> trained) {
        this.graph = grouped.graph();
        this.units = grouped.units();
        this.trained = trained;
        this.step = graph.nodes().stream()
                .allMatch(n -> !(n.op() instanceof Product.Linear(Value x, var _, var _, var _))
                        || x.shape().elements(0, x.shape().rank() - 1) == 1);
        this.caches = CachePlaces.of(graph);
        this.positional = new PositionalLowering(this, caches);
        this.images = new ImageLowering(this);
    }

    /// @param trained the parameters that runs replace: they lie among the states
    static HostPlan plan(Grouped grouped, Set<String> trained) {
        return new Lowering(grouped, trained).run();
    }

    private HostPlan run() {
        for (Node node : graph.nodes()) {
            node.operands().forEach(v -> readers.merge(v, 1, Integer::sum));
            if (Grouping.isView(node)) {
                viewNodes.put(node.result(), node);
            }
        }
        for (Graph.Output output : graph.outputs()) {
            readers.merge(output.value(), 1, Integer::sum);
            if (output.alias().isEmpty()) {
                results.add(output.value());
            }
        }
        graph.inputs().forEach(this::place);
        graph.outputs()
                .forEach(
                        o -> o.alias().map(inputs::get).ifPresent(state -> replacements.putIfAbsent(o.value(), state)));
        for (Node node : graph.nodes()) {
            if (node.op() instanceof Layout.Constant(Dense value)) {
                constants.put(create(node.result(), Kind.LOADED).buffer(), value);
            }
        }
        units.forEach(this::lower);
        graph.outputs().forEach(this::place);
        return HostPlan.of(buffers, steps, inputs, outputs, parameters, constants);
    }

    private void place(Graph.Input input) {
        Kind kind = switch (input.kind()) {
            case INPUT -> Kind.INPUT;
            case PARAMETER -> trained.contains(input.name()) ? Kind.STATE : Kind.WEIGHT;
            case STATE -> Kind.STATE;
        };
        View view = create(input.value(), kind);
        if (kind == Kind.WEIGHT) {
            parameters.put(
                    view.buffer(),
                    new HostPlan.Parameter(input.name(), input.value().type()));
        } else {
            inputs.put(input.name(), view);
        }
    }

    /// Leaves an output where it was computed, if that is a place of its own, and copies it otherwise.
    private void place(Graph.Output output) {
        View from = view(output.value());
        View to;
        if (output.alias().isPresent()) {
            to = Objects.requireNonNull(inputs.get(output.alias().get()));
        } else if (from.buffer().kind() == Kind.OUTPUT && from.isContiguous() && !outputs.containsValue(from)) {
            to = from;
        } else {
            to = View.contiguous(buffer(Kind.OUTPUT, output.value().type().bytes()), from.dtype(), from.shape());
        }
        outputs.put(output.name(), to);
        if (!to.equals(from)) {
            copy(from, to, "output " + output.name(), "", section(output.value()));
        }
    }

    private SectionType section(Value value) {
        return graph.nodes().stream()
                .filter(n -> n.results().contains(value))
                .map(Node::section)
                .findFirst()
                .orElse(SectionType.FWD);
    }

    private void lower(Unit unit) {
        switch (unit) {
            case Unit.Program program -> rows.lower(program);
            case Unit.Product product -> lower(product);
            case Unit.Rope rope -> positional.lower(rope);
            case Unit.Single single -> lower(single);
        }
    }

    /// Where a value belongs after the run that replaces a state or a trained parameter.
    Optional<View> replacedBy(Value result) {
        return Optional.ofNullable(replacements.get(result));
    }

    /// Whether anybody reads a value.
    boolean isRead(Value value) {
        return readers.containsKey(value);
    }

    /// How many operations and outputs read a value.
    int readers(Value value) {
        return readers.getOrDefault(value, 0);
    }

    /// Where a value lies, if it was placed.
    Optional<View> placed(Value value) {
        return Optional.ofNullable(views.get(value));
    }

    private void lower(Unit.Product unit) {
        switch (unit.node().op()) {
            case Product.Linear linear -> lower(unit, linear);
            case Product.MatMul matmul -> lower(unit, matmul);
            case Product.Attention attention -> lower(unit, attention);
            case Convolution convolution -> images.lower(unit, convolution);
            default -> throw new AssertionError(unit);
        }
    }

    private void lower(Unit.Product unit, Product.Linear op) {
        Node at = unit.node();
        View x = view(op.x());
        View rows = x.asMatrix().orElseGet(() -> contiguous(x, at).asMatrix().orElseThrow());
        Optional<HostPlan.Factor> factor = factor(view(op.weight()));
        View weight = factor.isPresent() ? view(op.weight()) : contiguous(view(op.weight()), at);
        Optional<View> bias = op.bias().map(b -> contiguous(view(b), at));
        View out = create(unit.output(), Kind.ARENA);
        LinearViews linear =
                new LinearViews(op, rows, factor, weight, bias, out.asMatrix().orElseThrow(), step);
        List<View> reads = new ArrayList<>(bias.stream().toList());
        reads.add(rows);
        if (factor.isEmpty()) {
            reads.add(weight);
        }
        step(unit, reads, List.of(out), (kernels, memory) -> kernels.linear(linear, memory));
    }

    /// The weight of a product, if it is one of the checkpoint's, whole, or the transpose of one.
    private Optional<HostPlan.Factor> factor(View weight) {
        return Optional.ofNullable(parameters.get(weight.buffer())).flatMap(p -> {
            View whole =
                    View.contiguous(weight.buffer(), p.type().dtype(), p.type().shape());
            return weight.equals(whole)
                    ? Optional.of(new HostPlan.Factor(p, false))
                    : Optional.of(new HostPlan.Factor(p, true)).filter(_ -> isTranspose(weight, whole));
        });
    }

    private static boolean isTranspose(View weight, View whole) {
        return whole.shape().rank() == 2 && weight.equals(whole.transpose(List.of(1, 0)));
    }

    /// A [Product.Linear] over views.
    ///
    /// @param factor the weight, if it is one of the checkpoint's
    /// @param step whether all products of its graph are of single rows, as in a step of generation
    record LinearViews(
            Product.Linear op,
            View x,
            Optional<HostPlan.Factor> factor,
            View weight,
            Optional<View> bias,
            View out,
            boolean step) {}

    private void lower(Unit.Product unit, Product.MatMul op) {
        View lhs = denseLines(view(op.lhs()), unit.node());
        View rhs = denseLines(view(op.rhs()), unit.node());
        View out = create(unit.output(), Kind.ARENA);
        Shape batch = out.shape().slice(0, out.shape().rank() - 2);
        View a = lhs.broadcast(batch.append(lhs.shape().dim(-2), lhs.shape().dim(-1)));
        View b = rhs.broadcast(batch.append(rhs.shape().dim(-2), rhs.shape().dim(-1)));
        step(unit, List.of(a, b), List.of(out), (kernels, memory) -> kernels.matMul(a, b, out, memory));
    }

    private void lower(Unit.Product unit, Product.Attention op) {
        Node at = unit.node();
        AttentionViews v = attention(
                op,
                at,
                createByToken(unit.output()),
                Optional.of(at.results().get(1)).filter(this::isRead).map(sum -> create(sum, Kind.ARENA)));
        List<View> writes = Stream.concat(Stream.of(v.out), v.logSum.stream()).toList();
        step(unit, v.reads(), writes, (kernels, memory) -> kernels.attention(v, memory));
    }

    /// An attention whose results lie where they are said to.
    AttentionViews attention(Product.Attention op, Node at, View out, Optional<View> logSum) {
        return new AttentionViews(
                op,
                denseRows(view(op.q()), at),
                denseRows(view(op.k()), at),
                denseRows(view(op.v()), at),
                op.start().map(x -> contiguous(view(x), at)),
                op.valid().map(x -> contiguous(view(x), at)),
                op.segments().map(x -> contiguous(view(x), at)),
                op.keyMask().map(x -> contiguous(view(x), at)),
                op.seed().map(this::view),
                op.probability().map(this::view),
                out,
                logSum);
    }

    /// A [Product.Attention] over views.
    record AttentionViews(
            Product.Attention op,
            View q,
            View k,
            View v,
            Optional<View> start,
            Optional<View> valid,
            Optional<View> segments,
            Optional<View> keyMask,
            Optional<View> seed,
            Optional<View> probability,
            View out,
            Optional<View> logSum) {

        /// What the forward pass reads.
        List<View> reads() {
            return Stream.concat(
                            Stream.of(q, k, v),
                            Stream.of(start, valid, segments, keyMask, seed, probability)
                                    .flatMap(Optional::stream))
                    .toList();
        }
    }

    /// A place for `[B, H, T, D]` in which a token's heads lie side by side, as the product that follows reads them.
    View createByToken(Value value) {
        Shape s = value.shape();
        View byToken = View.contiguous(
                buffer(Kind.ARENA, value.type().bytes()),
                value.dtype(),
                Shape.of(s.dim(0), s.dim(2), s.dim(1), s.dim(3)));
        View view = byToken.transpose(List.of(0, 2, 1, 3));
        views.put(value, view);
        return view;
    }

    void lower(Unit.Single unit) {
        Node node = unit.node();
        switch (node.op()) {
            case Layout.Concat(List<Value> parts, int axis) -> concat(node, parts, axis);
            case Reduction.Reduce(var fn, Value x, List<Integer> axes, boolean _)
            when fn == ReduceFn.SUM && columns(x, axes).isPresent() ->
                gradients.columnSums(unit, columns(x, axes).orElseThrow(), create(node.result(), Kind.ARENA));
            case Reduction.Reduce reduce -> {
                ReduceFn fn = reduce.fn();
                Value x = reduce.x();
                List<Integer> axes = reduce.axes();
                if (x.type().rank() >= 3
                        && x.dtype() == DType.F32
                        && axes.size() == x.type().rank() - 1
                        && !axes.contains(1)
                        && !view(x).isContiguous()
                        && view(x).isChannelsLast()) {
                    joinRows(unit, reduce, view(x).channelsLast(), create(node.result(), Kind.ARENA));
                    return;
                }
                View moved = moveToEnd(view(x), axes);
                int kept = moved.shape().rank() - axes.size();
                Shape joined = moved.shape()
                        .slice(0, kept)
                        .append(Math.toIntExact(
                                moved.shape().elements(kept, moved.shape().rank())));
                View from = moved.reshape(joined)
                        .orElseGet(() -> contiguous(moved, node).reshape(joined).orElseThrow());
                View out = create(node.result(), Kind.ARENA);
                step(
                        unit,
                        List.of(from),
                        List.of(out),
                        (kernels, memory) -> kernels.rows(ProgramLowering.reduce(fn, from, out, memory)));
            }
            case Reduction.Softmax(Value x, int axis) -> {
                View from = moveToEnd(view(x), List.of(axis));
                View out = create(node.result(), Kind.ARENA);
                View to = moveToEnd(out, List.of(axis));
                step(
                        unit,
                        List.of(from),
                        List.of(out),
                        (kernels, memory) -> kernels.rows(ProgramLowering.softmax(from, to, memory)));
            }
            case Reduction.CrossEntropy op -> {
                View logits = contiguous(view(op.logits()), node);
                View targets = contiguous(view(op.targets()), node);
                View loss = create(node.results().get(0), Kind.ARENA);
                View logSum = create(node.results().get(1), Kind.ARENA);
                step(
                        unit,
                        List.of(logits, targets),
                        List.of(loss, logSum),
                        (kernels, memory) -> kernels.crossEntropy(op, logits, targets, loss, logSum, memory));
            }
            case Gradient op -> gradients.lower(unit, op);
            case ImageGradient op -> images.lower(unit, op);
            case Optimizer op -> optimizers.lower(unit, op);
            case Positional op -> positional.lower(unit, op);
            case Layout _, Elementwise _, Normalization _, Lookup _, Product _ -> throw new AssertionError(node.op());
            case Sampling op -> images.lower(unit, op);
            case Convolution _, ChannelNorm _ -> throw new AssertionError(node.op());
        }
    }

    /// Joins the rows of a matrix of channels: a tensor's, or sums of some of them.
    void joinRows(Unit unit, Reduction.Reduce op, View matrix, View out) {
        double scale = op.fn() == ReduceFn.MEAN
                ? (double) op.x().type().dim(1) / op.x().type().elements()
                : 1;
        step(
                unit,
                List.of(matrix),
                List.of(out),
                (kernels, memory) -> kernels.columns(op.fn(), matrix, scale, out, memory));
    }

    /// A value as a matrix with dense rows whose columns are summed, if these axes are the first ones.
    private Optional<View> columns(Value x, List<Integer> axes) {
        int joined = axes.size();
        boolean first = joined > 0
                && joined < x.type().rank()
                && axes.equals(IntStream.range(0, joined).boxed().toList())
                && (x.dtype() == DType.F32 || x.dtype() == DType.BF16)
                && x.type().elements() > 0;
        return first
                ? view(x).reshape(Shape.of(
                                Math.toIntExact(x.shape().elements(0, joined)),
                                Math.toIntExact(
                                        x.shape().elements(joined, x.type().rank()))))
                        .filter(View::hasDenseRows)
                : Optional.empty();
    }

    private void concat(Node node, List<Value> parts, int axis) {
        boolean channelsLast = node.result().type().rank() >= 3
                && parts.stream().map(this::view).anyMatch(v -> !v.isContiguous() && v.isChannelsLast());
        View out = channelsLast ? createChannelsLast(node.result()) : create(node.result(), Kind.ARENA);
        int start = 0;
        for (Value part : parts) {
            int length = part.type().dim(axis);
            copy(view(part), out.slice(axis, start, length), Ops.name(node.op()), node.path(), node.section());
            start += length;
        }
    }

    private static View moveToEnd(View view, List<Integer> axes) {
        List<Integer> order = new ArrayList<>();
        IntStream.range(0, view.shape().rank()).filter(i -> !axes.contains(i)).forEach(order::add);
        order.addAll(axes);
        return view.transpose(order);
    }

    /// Where a value lies; layout operations are followed.
    View view(Value value) {
        View known = views.get(value);
        if (known != null) {
            return known;
        }
        Node node = Optional.ofNullable(viewNodes.get(value)).orElseThrow(() -> new AssertionError(value));
        View view = switch (node.op()) {
            case Layout.Transpose(Value x, List<Integer> permutation) -> view(x).transpose(permutation);
            case Layout.Slice(Value x, int axis, int start, int length) -> view(x).slice(axis, start, length);
            case Layout.Broadcast(Value x, Shape shape) -> view(x).broadcast(shape);
            case Layout.Reshape(Value x, Shape shape) -> {
                View from = view(x);
                yield from.reshape(shape)
                        .orElseGet(() -> contiguous(from, node).reshape(shape).orElseThrow());
            }
            case Layout.Constant _, Layout.Concat _ -> throw new AssertionError(node.op());
            case Elementwise _,
                    Reduction _,
                    Product _,
                    Normalization _,
                    Lookup _,
                    Positional _,
                    Gradient _,
                    ImageGradient _,
                    Optimizer _ -> throw new AssertionError(node.op());
            case Convolution _, Sampling _, ChannelNorm _ -> throw new AssertionError(node.op());
        };
        views.put(value, view);
        return view;
    }

    /// A view whose last dimension, or the one before, lies without gaps.
    private View denseLines(View view, Node at) {
        return view.hasDenseRows() || view.stride(-2) == 1 ? view : contiguous(view, at);
    }

    View denseRows(View view, Node at) {
        return view.hasDenseRows() ? view : contiguous(view, at);
    }

    /// The view itself, or a copy in row-major order, made once.
    View contiguous(View view, Node at) {
        if (view.isContiguous()) {
            return view;
        }
        View known = copies.get(new Copy(view, at.section()));
        if (known != null) {
            return known;
        }
        Kind from = view.buffer().kind();
        boolean loading = from == Kind.WEIGHT || from == Kind.LOADED;
        long bytes = view.shape().elements() * view.dtype().bytes();
        View copy = View.contiguous(buffer(loading ? Kind.LOADED : Kind.ARENA, bytes), view.dtype(), view.shape());
        copy(view, copy, "copy for " + Ops.name(at.op()), at.path(), at.section());
        copies.put(new Copy(view, at.section()), copy);
        return copy;
    }

    void copy(View from, View to, String what, String path, SectionType section) {
        boolean loading = to.buffer().kind() == Kind.LOADED;
        List<Buffer> reads = List.of(from.buffer());
        List<Buffer> writes = List.of(to.buffer());
        steps.add(new Step(
                () -> Step.label(what, path),
                section,
                loading,
                reads,
                writes,
                (kernels, memory) -> kernels.copy(from, to, memory)));
    }

    void step(Unit unit, Iterable<View> reads, Iterable<View> writes, Step.Binder binder) {
        List<Buffer> in = new ArrayList<>();
        reads.forEach(v -> in.add(v.buffer()));
        List<Buffer> out = new ArrayList<>();
        writes.forEach(v -> out.add(v.buffer()));
        boolean loading = unit instanceof Unit.Program p && p.loading();
        steps.add(new Step(unit::label, unit.nodes().getFirst().section(), loading, in, out, binder));
    }

    void step(
            String label,
            SectionType section,
            boolean loading,
            List<View> reads,
            List<View> writes,
            Step.Binder binder) {
        List<Buffer> in = reads.stream().map(View::buffer).toList();
        List<Buffer> out = writes.stream().map(View::buffer).toList();
        steps.add(new Step(() -> label, section, loading, in, out, binder));
    }

    /// The view itself, or a copy whose channels lie side by side, made once.
    View channelsLast(View view, Node at) {
        return contiguous(view.channelsLast(), at).channelsSecond();
    }

    /// Memory that kernels keep among themselves, as steps that depend on one another see it.
    View kept() {
        return View.contiguous(buffer(Kind.LOADED, 0), DType.F32, Shape.of(0));
    }

    /// A place for `[N, C, places..]` in which the channels lie side by side.
    View createChannelsLast(Value value) {
        return create(value, Kind.ARENA, View.channelsLastOrder(value.type().rank()));
    }

    /// A place in which the dimensions lie in this order, the outermost first.
    View create(Value value, Kind kind, List<Integer> order) {
        if (View.isInOrder(order)) {
            return create(value, kind);
        }
        Shape physical = Shape.of(order.stream().mapToInt(value.shape()::dim).toArray());
        List<Integer> back =
                IntStream.range(0, order.size()).mapToObj(order::indexOf).toList();
        View view = View.contiguous(buffer(kind, value.type().bytes()), value.dtype(), physical)
                .transpose(back);
        views.put(value, view);
        return view;
    }

    /// A place of its own for a value; the caller's, if the value is an output.
    View create(Value value, Kind kind) {
        Kind actual = kind == Kind.ARENA && results.contains(value) ? Kind.OUTPUT : kind;
        View view = View.contiguous(buffer(actual, value.type().bytes()), value.dtype(), value.shape());
        views.put(value, view);
        return view;
    }

    /// Lets a value lie where another lay.
    void place(Value value, View view) {
        views.put(value, view);
    }

    /// A place that no value of the graph has.
    View temporary(DType dtype, Shape shape) {
        return temporary(Kind.ARENA, dtype, shape);
    }

    View temporary(Kind kind, DType dtype, Shape shape) {
        return View.contiguous(buffer(kind, shape.elements() * dtype.bytes()), dtype, shape);
    }

    private Buffer buffer(Kind kind, long bytes) {
        Buffer buffer = new Buffer(buffers.size(), kind, bytes);
        buffers.add(buffer);
        return buffer;
    }
}
