package org.rduzoo.ir.pass;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.ChannelNorm;
import org.rduzoo.ir.Convolution;
import org.rduzoo.ir.Convolution.Conv;
import org.rduzoo.ir.Convolution.ConvTranspose;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Elementwise;
import org.rduzoo.ir.Elementwise.Binary;
import org.rduzoo.ir.Elementwise.Cast;
import org.rduzoo.ir.Gradient;
import org.rduzoo.ir.Gradient.AttentionGradient;
import org.rduzoo.ir.Gradient.CrossEntropyGradient;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphBuilder;
import org.rduzoo.ir.ImageGradient;
import org.rduzoo.ir.ImageGradient.ConvWeightGradient;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Lookup;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Normalization;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Optimizer;
import org.rduzoo.ir.Pass;
import org.rduzoo.ir.Positional;
import org.rduzoo.ir.Positional.CacheWrite;
import org.rduzoo.ir.Positional.RopeAngles;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.Product.Attention;
import org.rduzoo.ir.Product.Linear;
import org.rduzoo.ir.Product.MatMul;
import org.rduzoo.ir.Reduction;
import org.rduzoo.ir.Reduction.CrossEntropy;
import org.rduzoo.ir.Sampling;
import org.rduzoo.ir.Sampling.AvgPool;
import org.rduzoo.ir.Sampling.MaxPool;
import org.rduzoo.ir.Sampling.Resize;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.Value;

/// Decides once where values are rounded to bf16, on the graph as it was traced. All other passes keep what it decides.
///
/// - The factors of every product are bf16; its sums, its bias and its result are f32. So a cache of keys and values
///   is bf16.
/// - Parameters are stored as bf16, unless the graph replaces them: then what is stored is the f32 that an optimizer
///   works on, or the bf16 that it rounds to at random. Moving elements and gathering rows keeps the type of what is
/// moved.
/// - The result of a norm of rows is rounded, and a sum of the residual stream is, unless the [PrecisionOptions] keep
/// them f32.
/// - The result of a convolution is rounded where a norm of channels reads it that the graph has the gradient of: both
///   see the same numbers.
/// - What the forward pass leaves for the backward pass is rounded, and read from there as it was rounded; the logits
///   of a loss are not if the options keep them f32, nor are angles of positions and what is one number a row.
/// - Outputs are f32 that hold rounded numbers, but gradients and norms are not rounded; those that replace an input
///   have its type.
/// - Everything else computes in f32.
///
/// Before: `%2 = linear(%x, %w, bias=%b)`, all f32
///
/// After: `%3 = cast(%x) {dtype=bf16}; %4 = cast(%b) {dtype=f32}; %5 = linear(%3, %w, bias=%4)`, `%w` and `%b` bf16
///
/// @param masters the parameters that another graph replaces, which are f32 here too
public record Precision(PrecisionOptions options, Set<String> masters) implements Pass {

    /// For a graph by itself.
    public Precision(PrecisionOptions options) {
        this(options, Set.of());
    }

    /// What a graph replaces, less the parameters that it rounds to bf16 at random.
    public static Set<String> masters(Graph graph) {
        Set<Value> narrow = new HashSet<>();
        for (Node node : graph.nodes()) {
            if (node.op() instanceof Optimizer.Updating u && u.seed().isPresent()) {
                narrow.add(node.results().getFirst());
            }
        }
        return graph.outputs().stream()
                .filter(o -> !narrow.contains(o.value()))
                .flatMap(o -> o.alias().stream())
                .collect(Collectors.toSet());
    }

    /// The outputs that `fp32_logits` keeps.
    private static final Set<String> UNROUNDED = Set.of("logits", "loss");

    @Override
    public String name() {
        return "precision";
    }

    @Override
    public Graph run(Graph graph) {
        return options.dtype() == DType.F32 ? graph : new Assignment(options, graph, masters).run();
    }

    /// A value of the old graph in the new one.
    ///
    /// @param value as it is computed or stored
    /// @param casts it in each type that was asked for so far
    private record Slot(Value value, Map<DType, Value> casts) {}

    private static final class Assignment {

        private final PrecisionOptions options;
        private final Graph source;
        private final Set<String> masters;
        private final GraphBuilder out;
        private final Map<Value, Slot> slots = new HashMap<>();

        /// Values of the old graph that the forward pass computes, and others read rounded.
        private final Set<Value> saved = new HashSet<>();

        /// Values of the old graph that norms of channels read.
        private final Set<Value> normed = new HashSet<>();

        /// Values of the new graph, bf16 to f32, in each part of the step that reads them.
        private final Map<Value, Map<SectionType, Value>> widened = new HashMap<>();

        Assignment(PrecisionOptions options, Graph source, Set<String> masters) {
            this.options = options;
            this.source = source;
            this.masters = masters;
            this.out = new GraphBuilder(source.name());
        }

        Graph run() {
            Set<String> replaced = new HashSet<>(masters);
            replaced.addAll(masters(source));
            Set<Value> caches = new HashSet<>();
            for (Node node : source.nodes()) {
                if (node.op() instanceof CacheWrite write) {
                    caches.add(write.cache());
                }
            }
            Map<String, DType> stored = new HashMap<>();
            for (Graph.Input i : source.inputs()) {
                Value old = i.value();
                boolean weight = i.kind() == Graph.Kind.PARAMETER && !replaced.contains(i.name());
                boolean rounded = old.dtype() == DType.F32 && (weight || caches.contains(old));
                Type type = rounded ? old.type().withDType(DType.BF16) : old.type();
                stored.put(i.name(), type.dtype());
                put(old, out.input(i.name(), i.kind(), type, old.path()));
            }
            findSaved();
            Map<Value, SectionType> sections = new HashMap<>();
            for (Node node : source.nodes()) {
                node(node);
                node.results().forEach(v -> sections.put(v, node.section()));
            }
            for (Graph.Output o : source.outputs()) {
                SectionType section = sections.getOrDefault(o.value(), SectionType.FWD);
                Value value = o.alias()
                        .map(stored::get)
                        .map(d -> as(o.value(), d, section))
                        .orElseGet(() -> leaving(o, section));
                out.output(o.name(), value, o.alias());
            }
            return out.build();
        }

        private void findSaved() {
            Set<Value> computed = new HashSet<>();
            Set<Value> exact = new HashSet<>();
            for (Node node : source.nodes()) {
                if (node.section() == SectionType.FWD) {
                    if (node.op() instanceof ChannelNorm norm) {
                        normed.add(norm.x());
                    }
                    if (isRoundedWhereSaved(node)) {
                        computed.add(node.results().getFirst());
                    }
                    continue;
                }
                node.operands().stream().filter(computed::contains).forEach(saved::add);
                if (options.fp32Logits() && node.op() instanceof CrossEntropyGradient c) {
                    exact.add(c.logits());
                }
            }
            saved.removeAll(exact);
        }

        /// Not what is small: one number a row, and angles that all texts share. Further results are statistics.
        private static boolean isRoundedWhereSaved(Node node) {
            Type type = node.results().getFirst().type();
            return switch (node.op()) {
                case Layout.Constant _, CrossEntropy _, RopeAngles _ -> false;
                default -> type.dtype() == DType.F32 && type.rank() > 0 && type.dim(-1) > 1;
            };
        }

        private void node(Node node) {
            if (node.op() instanceof Cast(Value x, DType to) && isComputed(x.dtype()) && isComputed(to)) {
                boolean narrows = x.dtype() == DType.F32 && to == DType.BF16;
                slots.put(node.result(), narrows ? slot(as(x, to, node.section())) : at(x));
                save(node);
                return;
            }
            List<Value> results = out.add(typed(node.op(), node.section()), node.path(), node.section());
            for (int i = 0; i < results.size(); i++) {
                put(node.results().get(i), results.get(i));
            }
            Value first = node.results().getFirst();
            if (first.dtype() == DType.F32 && node.section() == SectionType.FWD && isRounded(node)) {
                put(first, as(first, DType.BF16, node.section()));
            }
            save(node);
        }

        /// Rounds what others read rounded where it is computed, so that this is what is kept for them.
        private void save(Node node) {
            node.results().stream().filter(saved::contains).forEach(v -> as(v, DType.BF16, node.section()));
        }

        /// The operation with its operands in the types that it computes with.
        private Op typed(Op op, SectionType section) {
            UnaryOperator<Value> plain = v -> as(v, v.dtype(), section);
            UnaryOperator<Value> factor = v -> as(v, DType.BF16, section);
            return switch (op) {
                case Product product ->
                    switch (product) {
                        case MatMul(Value lhs, Value rhs) -> new MatMul(factor.apply(lhs), factor.apply(rhs));
                        case Linear(Value x, Value weight, var bias, var activation) ->
                            new Linear(factor.apply(x), factor.apply(weight), bias.map(plain), activation);
                        case Attention a ->
                            new Attention(
                                    factor.apply(a.q()),
                                    factor.apply(a.k()),
                                    factor.apply(a.v()),
                                    a.start().map(plain),
                                    a.valid().map(plain),
                                    a.segments().map(plain),
                                    a.keyMask().map(plain),
                                    a.seed().map(plain),
                                    a.probability().map(plain),
                                    a.causal(),
                                    a.window(),
                                    a.scale(),
                                    options.mixedpAttn() ? a.scores() : DType.BF16,
                                    a.ring(),
                                    a.layer());
                    };
                case Convolution convolution ->
                    switch (convolution) {
                        case Conv c ->
                            new Conv(
                                    factor.apply(c.x()),
                                    factor.apply(c.weight()),
                                    c.scale().map(plain),
                                    c.bias().map(plain),
                                    c.activation(),
                                    c.stride(),
                                    c.padding(),
                                    c.dilation(),
                                    c.groups());
                        case ConvTranspose c ->
                            new ConvTranspose(
                                    factor.apply(c.x()),
                                    factor.apply(c.weight()),
                                    c.bias().map(plain),
                                    c.stride(),
                                    c.padding(),
                                    c.outputPadding(),
                                    c.dilation(),
                                    c.groups());
                    };
                case Layout _, Lookup _, MaxPool _ -> {
                    List<Value> operands = Ops.operands(op);
                    boolean together = operands.stream()
                                    .filter(v -> isComputed(v.dtype()))
                                    .map(v -> moved(v, section).dtype())
                                    .distinct()
                                    .count()
                            == 1;
                    yield Ops.mapOperands(op, v -> together ? moved(v, section) : plain.apply(v));
                }
                case CacheWrite(Value cache, Value rows, Value start, Value valid, boolean ring) ->
                    new CacheWrite(
                            factor.apply(cache), factor.apply(rows), plain.apply(start), plain.apply(valid), ring);
                case AttentionGradient a ->
                    new AttentionGradient(
                            factor.apply(a.q()),
                            factor.apply(a.k()),
                            factor.apply(a.v()),
                            factor.apply(a.out()),
                            plain.apply(a.logSum()),
                            factor.apply(a.gradient()),
                            a.start().map(plain),
                            a.valid().map(plain),
                            a.segments().map(plain),
                            a.keyMask().map(plain),
                            a.seed().map(plain),
                            a.probability().map(plain),
                            a.causal(),
                            a.window(),
                            a.scale(),
                            options.mixedpAttn() ? a.scores() : DType.BF16,
                            a.layer());
                case ConvWeightGradient _ -> Ops.mapOperands(op, factor);
                case Optimizer.Updating u
                when u.seed().isPresent() ->
                    Ops.mapOperands(op, v -> v.equals(u.parameter()) ? factor.apply(v) : plain.apply(v));
                case Elementwise _,
                        Reduction _,
                        AvgPool _,
                        Resize _,
                        Normalization _,
                        ChannelNorm _,
                        Positional _,
                        Gradient _,
                        ImageGradient _,
                        Optimizer _ -> Ops.mapOperands(op, plain);
            };
        }

        /// The residual stream is known by its sums: of two values of one shape, with batch, places and channels.
        private boolean isRounded(Node node) {
            Value result = node.results().getFirst();
            return switch (node.op()) {
                case Normalization _ -> !options.fp32Ln();
                case Elementwise e ->
                    !options.fp32SkipAdd()
                            && e instanceof Binary(BinaryFn fn, Value x, Value y)
                            && fn == BinaryFn.ADD
                            && x.type().rank() >= 3
                            && x.type().equals(y.type());
                case Convolution _ -> saved.contains(result) && normed.contains(result);
                case Product _, Sampling _, ChannelNorm _, Layout _, Lookup _, Reduction _, Positional _ -> false;
                case Gradient _, ImageGradient _, Optimizer _ -> false;
            };
        }

        /// What leaves the graph: rounded, in the type that it was traced with.
        private Value leaving(Graph.Output output, SectionType section) {
            Value old = output.value();
            boolean keeps = options.fp32Logits() && UNROUNDED.contains(output.name());
            return old.dtype() == DType.F32 && !keeps && section == SectionType.FWD
                    ? widened(as(old, DType.BF16, section), section)
                    : as(old, old.dtype(), section);
        }

        /// A value of the old graph in a type; its cast, if it needs one, is shared by all who ask.
        private Value as(Value old, DType dtype, SectionType section) {
            Slot slot = at(old);
            if (dtype == DType.F32 && isComputed(slot.value.dtype())) {
                Value value = moved(old, section);
                return value.dtype() == DType.F32 ? value : widened(value, section);
            }
            return slot.casts.computeIfAbsent(
                    dtype, d -> out.addOne(new Cast(slot.value, d), slot.value.path(), section));
        }

        /// A value of the old graph as a part of the step finds it.
        private Value moved(Value old, SectionType section) {
            return section != SectionType.FWD && saved.contains(old)
                    ? as(old, DType.BF16, SectionType.FWD)
                    : at(old).value;
        }

        private Value widened(Value rounded, SectionType section) {
            return widened.computeIfAbsent(rounded, _ -> new EnumMap<>(SectionType.class))
                    .computeIfAbsent(section, s -> out.addOne(new Cast(rounded, DType.F32), rounded.path(), s));
        }

        private Slot at(Value old) {
            Slot slot = slots.get(old);
            if (slot == null) {
                throw new IllegalStateException(old + " at " + old.path() + " is used before it is computed");
            }
            return slot;
        }

        private void put(Value old, Value value) {
            slots.put(old, slot(value));
        }

        private static Slot slot(Value value) {
            return new Slot(value, new EnumMap<>(Map.of(value.dtype(), value)));
        }

        private static boolean isComputed(DType dtype) {
            return dtype == DType.F32 || dtype == DType.BF16;
        }
    }
}
