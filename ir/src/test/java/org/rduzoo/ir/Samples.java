package org.rduzoo.ir;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Graphs that tests share: among them, one with every kind of operation in every form.
final class Samples {

    private final GraphBuilder builder = new GraphBuilder("samples");
    private int inputs;

    private Samples() {}

    private Value in(DType dtype, int... dims) {
        return builder.input("in." + inputs++, Graph.Kind.INPUT, Type.of(dtype, dims));
    }

    /// A graph of one node on inputs of its own for each operation and each form that its optional parts can take.
    static Graph everyOperation() {
        Samples s = new Samples();
        List<Op> ops = new ArrayList<>();
        ops.addAll(s.elementwise());
        ops.addAll(s.layout());
        ops.addAll(s.reductions());
        ops.addAll(s.products());
        ops.addAll(s.rows());
        ops.addAll(s.positional());
        ops.addAll(s.images());
        ops.addAll(s.gradients());
        ops.addAll(s.imageGradients());
        ops.addAll(s.optimizers());
        int outputs = 0;
        for (Op op : ops) {
            for (Value result : s.builder.add(op, "sample." + Ops.name(op), SectionType.FWD)) {
                s.builder.output("out." + outputs++, result);
            }
        }
        return s.builder.build();
    }

    private List<Op> elementwise() {
        List<Op> ops = new ArrayList<>();
        Value x = in(DType.F32, 2, 3);
        Value row = in(DType.F32, 3);
        for (UnaryFn fn : UnaryFn.values()) {
            ops.add(new Elementwise.Unary(fn, x));
        }
        for (BinaryFn fn : BinaryFn.values()) {
            ops.add(new Elementwise.Binary(fn, x, row));
        }
        for (CompareFn fn : CompareFn.values()) {
            ops.add(new Elementwise.Compare(fn, row, x));
        }
        ops.add(new Elementwise.Select(in(DType.BOOL, 2, 1), x, row));
        ops.add(new Elementwise.Cast(x, DType.BF16));
        ops.add(new Elementwise.Dropout(x, in(DType.I64), in(DType.F32), 3));
        return ops;
    }

    private List<Op> gradients() {
        Value x = in(DType.F32, 2, 3);
        Optional<Value> row = Optional.of(in(DType.F32, 3));
        Value q = in(DType.BF16, 2, 4, 3, 8);
        Value k = in(DType.BF16, 2, 2, 5, 8);
        Value logSum = in(DType.F32, 2, 4, 3);
        Optional<Value> slots = Optional.of(in(DType.I64, 2, 5));
        Optional<Value> none = Optional.empty();
        Value numbers = in(DType.F32, 2);
        return List.of(
                new Gradient.AttentionGradient(
                        q,
                        k,
                        k,
                        q,
                        logSum,
                        q,
                        none,
                        none,
                        none,
                        slots,
                        none,
                        none,
                        true,
                        4,
                        0.3,
                        DType.BF16,
                        Optional.empty()),
                Gradient.AttentionGradient.of(dropping(q, k), q, logSum, q),
                new Gradient.EmbeddingGradient(x, in(DType.I64, 2), 9, Optional.of(0L)),
                new Gradient.CrossEntropyGradient(x, in(DType.I64, 2), numbers, numbers, -100, 0.1),
                new Gradient.LayerNormGradient(x, row, x, 1e-12),
                new Gradient.LayerNormGradient(x, Optional.empty(), x, 1e-5),
                new Gradient.RmsNormGradient(x, row, x, 1e-6));
    }

    private List<Op> imageGradients() {
        Value x = in(DType.F32, 2, 4, 5, 6);
        Value pooled = in(DType.F32, 2, 4, 2, 3);
        List<Integer> twos = List.of(2, 2);
        List<Integer> zeros = List.of(0, 0);
        List<Integer> ones = List.of(1, 1);
        return List.of(
                new ImageGradient.ConvWeightGradient(x, in(DType.F32, 2, 6, 4, 4), List.of(2, 3), ones, zeros, ones, 2),
                new ImageGradient.MaxPoolGradient(x, pooled, twos, twos, zeros, false),
                new ImageGradient.AvgPoolGradient(pooled, List.of(5, 6), twos, twos, zeros, false, true),
                new ImageGradient.ResizeGradient(x, List.of(7, 3), ResizeMode.LINEAR, true));
    }

    private List<Op> optimizers() {
        Value x = in(DType.F32, 2, 3);
        Value n = in(DType.F32);
        return List.of(
                new Optimizer.GlobalNorm(List.of(x, n)),
                new Optimizer.AdamW(x, x, x, x, n, n, n, n, n, n, in(DType.I64), Optional.of(in(DType.I64)), 3),
                new Optimizer.Sgd(x, x, Optional.empty(), n, n, n, n, false, Optional.empty(), 0),
                new Optimizer.Sgd(x, x, Optional.of(x), n, n, n, n, true, Optional.of(in(DType.I64)), 1));
    }

    private List<Op> layout() {
        Value x = in(DType.F32, 2, 3);
        return List.of(
                new Layout.Constant(Dense.scalar(DType.F32, 0.1)),
                new Layout.Constant(
                        new Dense(Type.of(DType.F64, 2, 2), new double[] {-0.0, Double.NaN, 1e-300, Math.PI})),
                new Layout.Constant(new Dense(
                        Type.of(DType.F32, 2), new double[] {Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})),
                new Layout.Constant(new Dense(Type.of(DType.I64, 3), new double[] {-100, 0, 0x1p52})),
                new Layout.Constant(new Dense(Type.of(DType.BOOL, 2), new double[] {1, 0})),
                new Layout.Constant(new Dense(Type.of(DType.BOOL, 2), new double[] {1, 1})),
                new Layout.Constant(new Dense(Type.of(DType.BF16, 2, 2), new double[] {0.5, 0.5, 0.5, 0.5})),
                new Layout.Constant(Dense.zeros(Type.of(DType.F32, 0, 3))),
                new Layout.Reshape(x, Shape.of(3, 2)),
                new Layout.Reshape(in(DType.F32, 1), Shape.SCALAR),
                new Layout.Transpose(x, List.of(1, 0)),
                new Layout.Broadcast(x, Shape.of(4, 2, 3)),
                new Layout.Slice(x, 1, 1, 2),
                new Layout.Concat(List.of(x, x, in(DType.F32, 2, 1)), 1));
    }

    private List<Op> reductions() {
        List<Op> ops = new ArrayList<>();
        Value x = in(DType.F32, 2, 3, 4);
        for (ReduceFn fn : ReduceFn.values()) {
            ops.add(new Reduction.Reduce(fn, x, List.of(0, 2), false));
        }
        ops.add(new Reduction.Reduce(ReduceFn.SUM, x, List.of(), true));
        ops.add(new Reduction.Softmax(x, 1));
        ops.add(new Reduction.CrossEntropy(x, in(DType.I64, 2, 3), -100, 0.1));
        return ops;
    }

    private List<Op> products() {
        Value x = in(DType.F32, 2, 3);
        Value w = in(DType.F32, 4, 3);
        Optional<Value> bias = Optional.of(in(DType.F32, 4));
        Value q = in(DType.BF16, 2, 4, 3, 8);
        Value k = in(DType.BF16, 2, 2, 5, 8);
        Optional<Value> row = Optional.of(in(DType.I64, 2));
        Optional<Value> slots = Optional.of(in(DType.I64, 2, 5));
        Optional<Value> none = Optional.empty();
        return List.of(
                new Product.MatMul(x, in(DType.F32, 7, 3, 2)),
                new Product.Linear(x, w, none, Optional.empty()),
                new Product.Linear(x, w, bias, Optional.of(UnaryFn.GELU_TANH)),
                new Product.Attention(q, k, k, none, none, none, none, false, 0, 0.125, DType.F32),
                new Product.Attention(q, k, k, row, none, none, slots, true, 4, 0.3, DType.BF16),
                new Product.Attention(q, k, k, row, row, slots, slots, true, 0, 1, DType.F32),
                dropping(q, k));
    }

    private Product.Attention dropping(Value q, Value k) {
        Optional<Value> none = Optional.empty();
        return new Product.Attention(q, k, k, none, none, none, none, true, 0, 1, DType.F32)
                .dropping(in(DType.I64), in(DType.F32), 3);
    }

    private List<Op> rows() {
        Value x = in(DType.F32, 2, 3);
        Optional<Value> row = Optional.of(in(DType.F32, 3));
        return List.of(
                new Normalization.LayerNorm(x, row, row, 1e-12),
                new Normalization.LayerNorm(x, Optional.empty(), row, 1e-5),
                new Normalization.RmsNorm(x, Optional.empty(), 1e-6),
                new Lookup.Embedding(in(DType.F32, 9, 3), in(DType.I64, 2, 5)),
                new Lookup.Embedding(in(DType.F32, 9, 3), in(DType.I64, 2, 5), Optional.of(3L)));
    }

    private List<Op> positional() {
        Value start = in(DType.I64, 2);
        Value angles = in(DType.F32, 2, 3, 4);
        return List.of(
                new Positional.RopeAngles(start, in(DType.F32, 4), 3),
                new Positional.Rope(in(DType.F32, 2, 5, 3, 8), angles, angles),
                new Positional.CacheWrite(in(DType.BF16, 2, 5, 7, 8), in(DType.BF16, 2, 5, 3, 8), start, start),
                new Positional.LastRow(in(DType.F32, 2, 3, 8), start, start));
    }

    private List<Op> images() {
        Value x = in(DType.F32, 2, 4, 5, 6);
        Value narrow = in(DType.BF16, 2, 4, 5, 6);
        Value volume = in(DType.F32, 1, 2, 3, 4, 3);
        Optional<Value> row = Optional.of(in(DType.F32, 4));
        Optional<Value> none = Optional.empty();
        Value given = in(DType.F32, 4);
        List<Integer> ones = List.of(1, 1);
        List<Integer> zeros = List.of(0, 0);
        List<Integer> twos = List.of(2, 2);
        return List.of(
                new Convolution.Conv(x, in(DType.F32, 3, 4, 2, 3), none, none, Optional.empty(), ones, zeros, ones, 1),
                new Convolution.Conv(
                        narrow, in(DType.BF16, 4, 2, 3, 1), row, row, Optional.of(UnaryFn.RELU), twos, ones, ones, 2),
                new Convolution.ConvTranspose(x, in(DType.F32, 4, 2, 3, 3), row, twos, zeros, ones, ones, 2),
                new Convolution.ConvTranspose(
                        volume,
                        in(DType.F32, 2, 3, 1, 2, 1),
                        none,
                        List.of(1, 2, 1),
                        List.of(0, 0, 0),
                        List.of(0, 0, 0),
                        List.of(1, 1, 2),
                        1),
                new Sampling.MaxPool(narrow, List.of(3, 2), twos, List.of(1, 0), true),
                new Sampling.AvgPool(x, twos, twos, zeros, false, true),
                new Sampling.Resize(x, List.of(7, 3), ResizeMode.LINEAR, true),
                new Sampling.Resize(volume, List.of(2, 8, 3), ResizeMode.NEAREST, false),
                new ChannelNorm.BatchNorm(x, row, none, given, given, 1e-5),
                new ChannelNorm.BatchNormTraining(x, none, row, given, given, 0.1, 1e-5),
                new ChannelNorm.GroupNorm(x, row, row, 2, 1e-5));
    }

    /// Tokens in, a hidden state and a cache out: each kind of input and output, and two parts of a step.
    static Graph small() {
        GraphBuilder b = new GraphBuilder("small \"one\"");
        Value ids = b.input("input_ids", Graph.Kind.INPUT, Type.of(DType.I64, 2, 8));
        Value table = b.input("embeddings.weight", Graph.Kind.PARAMETER, Type.of(DType.F32, 96, 32));
        Value tied = b.input("head.weight", Graph.Kind.PARAMETER, Type.of(DType.F32, 96, 32), "head");
        Value cache = b.input("cache", Graph.Kind.STATE, Type.of(DType.F32, 2, 8, 32));
        Value x = b.addOne(new Lookup.Embedding(table, ids), "embeddings", SectionType.FWD);
        Value half = b.addOne(new Layout.Constant(Dense.scalar(DType.F32, 0.5)), "", SectionType.FWD);
        Value y = b.addOne(new Elementwise.Binary(BinaryFn.MUL, x, half), "layer.0", SectionType.FWD);
        Value z = b.addOne(new Elementwise.Binary(BinaryFn.ADD, y, cache), "layer.0", SectionType.FWD);
        Value logits = b.addOne(
                new Product.Linear(z, tied, Optional.empty(), Optional.of(UnaryFn.RELU)), "head", SectionType.FWD);
        List<Value> loss = b.add(new Reduction.CrossEntropy(logits, ids, -100, 0), "loss", SectionType.BCKWD);
        b.output("loss", loss.getFirst());
        b.output("hidden", z);
        b.output("cache", z, Optional.of("cache"));
        return b.build();
    }
}
