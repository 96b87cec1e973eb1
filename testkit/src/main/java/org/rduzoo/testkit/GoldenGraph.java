package org.rduzoo.testkit;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.ChannelNorm;
import org.rduzoo.ir.CompareFn;
import org.rduzoo.ir.Convolution;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Elementwise;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphBuilder;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Lookup;
import org.rduzoo.ir.Normalization;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Positional;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.ReduceFn;
import org.rduzoo.ir.Reduction;
import org.rduzoo.ir.ResizeMode;
import org.rduzoo.ir.Sampling;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.ir.Value;

/// Says in our operations what a known answer is about, from its attributes as PyTorch names them.
final class GoldenGraph {

    private final String op;
    private final Map<String, Object> attributes;
    private final GraphBuilder builder;
    private final Map<String, Value> inputs = new TreeMap<>();
    private final Map<String, Value> further = new TreeMap<>();

    GoldenGraph(String op, Map<String, Object> attributes, Map<String, Dense> tensors) {
        this.op = op;
        this.attributes = attributes;
        this.builder = new GraphBuilder(op);
        new TreeMap<>(tensors).forEach((name, t) -> inputs.put(name, builder.input(name, Graph.Kind.INPUT, t.type())));
    }

    Graph build() {
        Value out = switch (op) {
            case "attention" -> attention(in("q"), in("k"), in("v"));
            case "avg_pool1d", "avg_pool2d", "avg_pool3d", "max_pool1d", "max_pool2d", "max_pool3d" -> pool(in("x"));
            case "batch_norm" -> batchNorm();
            case "binary_cross_entropy_with_logits" ->
                mean(binary(
                        BinaryFn.SUB, unary(UnaryFn.SOFTPLUS, in("x")), binary(BinaryFn.MUL, in("x"), in("target"))));
            case "conv1d", "conv2d", "conv3d" -> conv(in("x"), in("weight"));
            case "conv_transpose1d", "conv_transpose2d", "conv_transpose3d" -> convTranspose(in("x"), in("weight"));
            case "cross_entropy" -> crossEntropy(in("logits"), in("target"));
            case "embedding" -> add(new Lookup.Embedding(in("weight"), in("ids")));
            case "exp" -> unary(UnaryFn.EXP, scaled(in("x"), number("input_scaled_by")));
            case "gelu" -> unary(UnaryFn.GELU, in("x"));
            case "gelu_tanh" -> unary(UnaryFn.GELU_TANH, in("x"));
            case "group_norm" ->
                add(new ChannelNorm.GroupNorm(
                        in("x"),
                        Optional.of(in("weight")),
                        Optional.of(in("bias")),
                        (int) number("groups"),
                        number("eps")));
            case "l1" -> mean(unary(UnaryFn.ABS, difference()));
            case "layer_norm" ->
                add(new Normalization.LayerNorm(
                        in("x"), Optional.of(in("weight")), Optional.of(in("bias")), number("eps")));
            case "leaky_relu" -> {
                Value zero = constant(0);
                Value negative = binary(BinaryFn.MIN, in("x"), zero);
                yield binary(
                        BinaryFn.ADD, binary(BinaryFn.MAX, in("x"), zero), scaled(negative, number("negative_slope")));
            }
            case "linear" ->
                add(new Product.Linear(
                        in("x"), in("weight"), Optional.ofNullable(inputs.get("bias")), Optional.empty()));
            case "matmul" -> add(new Product.MatMul(in("lhs"), in("rhs")));
            case "mse" -> mean(binary(BinaryFn.MUL, difference(), difference()));
            case "relu" -> unary(UnaryFn.RELU, in("x"));
            case "resize1d", "resize2d", "resize3d" -> {
                boolean nearest = "nearest".equals(attributes.get("mode"));
                yield add(new Sampling.Resize(
                        in("x"),
                        numbers("size", 0),
                        nearest ? ResizeMode.NEAREST : ResizeMode.LINEAR,
                        Boolean.TRUE.equals(attributes.get("align_corners"))));
            }
            case "rope" -> rope(in("x"), number("theta"));
            case "rms_norm" -> add(new Normalization.RmsNorm(in("x"), Optional.of(in("weight")), number("eps")));
            case "sigmoid" -> unary(UnaryFn.SIGMOID, in("x"));
            case "silu" -> unary(UnaryFn.SILU, in("x"));
            case "smooth_l1" -> mean(smoothL1(difference()));
            case "softmax" -> add(new Reduction.Softmax(in("x"), in("x").shape().axis((int) number("dim"))));
            case "softplus" -> unary(UnaryFn.SOFTPLUS, in("x"));
            case "swiglu" -> binary(BinaryFn.MUL, unary(UnaryFn.SILU, in("gate")), in("up"));
            case "tanh" -> unary(UnaryFn.TANH, in("x"));
            default -> throw new IllegalArgumentException("no operation for the answers about " + op);
        };
        builder.output(OpGolden.OUT, out);
        further.forEach(builder::output);
        return builder.build();
    }

    private Value conv(Value x, Value weight) {
        Optional<Value> none = Optional.empty();
        return add(new Convolution.Conv(
                x,
                weight,
                none,
                Optional.of(in("bias")),
                Optional.empty(),
                numbers("stride", 1),
                numbers("padding", 0),
                numbers("dilation", 1),
                (int) number("groups", 1)));
    }

    private Value convTranspose(Value x, Value weight) {
        return add(new Convolution.ConvTranspose(
                x,
                weight,
                Optional.of(in("bias")),
                numbers("stride", 1),
                numbers("padding", 0),
                numbers("output_padding", 0),
                numbers("dilation", 1),
                (int) number("groups", 1)));
    }

    private Value pool(Value x) {
        List<Integer> kernel = numbers("kernel_size", 0);
        List<Integer> stride = attributes.containsKey("stride") ? numbers("stride", 0) : kernel;
        List<Integer> padding = numbers("padding", 0);
        boolean ceil = Boolean.TRUE.equals(attributes.get("ceil_mode"));
        boolean countPadding = !Boolean.FALSE.equals(attributes.get("count_include_pad"));
        return add(
                op.startsWith("max")
                        ? new Sampling.MaxPool(x, kernel, stride, padding, ceil)
                        : new Sampling.AvgPool(x, kernel, stride, padding, ceil, countPadding));
    }

    private Value batchNorm() {
        Value mean = in("running_mean");
        Value variance = in("running_var");
        Optional<Value> weight = Optional.of(in("weight"));
        Optional<Value> bias = Optional.of(in("bias"));
        if (!Boolean.TRUE.equals(attributes.get("training"))) {
            further.put("running_mean", mean);
            further.put("running_var", variance);
            return add(new ChannelNorm.BatchNorm(in("x"), weight, bias, mean, variance, number("eps")));
        }
        List<Value> results = builder.add(
                new ChannelNorm.BatchNormTraining(
                        in("x"), weight, bias, mean, variance, number("momentum"), number("eps")),
                op,
                SectionType.FWD);
        further.put("running_mean", results.get(1));
        further.put("running_var", results.get(2));
        return results.getFirst();
    }

    private Value smoothL1(Value x) {
        Value size = unary(UnaryFn.ABS, x);
        Value half = constant(0.5);
        Value isSmall = add(new Elementwise.Compare(CompareFn.LT, size, constant(1)));
        Value square = binary(BinaryFn.MUL, half, binary(BinaryFn.MUL, x, x));
        return add(new Elementwise.Select(isSmall, square, binary(BinaryFn.SUB, size, half)));
    }

    private Value difference() {
        return binary(BinaryFn.SUB, in("x"), in("target"));
    }

    private Value mean(Value x) {
        List<Integer> axes = IntStream.range(0, x.type().rank()).boxed().toList();
        return add(new Reduction.Reduce(ReduceFn.MEAN, x, axes, false));
    }

    private Value attention(Value q, Value k, Value v) {
        Optional<Value> none = Optional.empty();
        double scale = attributes.containsKey("scale")
                ? number("scale")
                : 1 / Math.sqrt(q.shape().dim(3));
        boolean causal = Boolean.TRUE.equals(attributes.get("causal"));
        return add(new Product.Attention(
                q, k, v, none, none, none, none, causal, (int) number("window"), scale, DType.F32));
    }

    /// PyTorch has the classes at dimension 1, ours are the last.
    private Value crossEntropy(Value logits, Value target) {
        int rank = logits.type().rank();
        List<Integer> classesLast = IntStream.concat(IntStream.range(0, rank).filter(i -> i != 1), IntStream.of(1))
                .boxed()
                .toList();
        Value rows = add(new Layout.Transpose(logits, classesLast));
        long ignored = (long) number("ignore_index");
        Value loss = add(new Reduction.CrossEntropy(rows, target, ignored, number("label_smoothing")));
        if ("none".equals(attributes.get("reduction"))) {
            return loss;
        }
        Value sum = sum(loss);
        if ("sum".equals(attributes.get("reduction"))) {
            return sum;
        }
        Value counts = add(new Elementwise.Compare(
                CompareFn.NE, target, add(new Layout.Constant(Dense.scalar(DType.I64, (double) ignored)))));
        return binary(BinaryFn.DIV, sum, sum(add(new Elementwise.Cast(counts, DType.F32))));
    }

    /// Positions from 0 on, the whole head turned.
    private Value rope(Value x, double theta) {
        int pairs = x.shape().dim(3) / 2;
        double[] frequencies = new double[pairs];
        for (int i = 0; i < pairs; i++) {
            frequencies[i] = (float) (1 / Math.pow(theta, (double) i / pairs));
        }
        Value start =
                add(new Layout.Constant(Dense.zeros(Type.of(DType.I64, x.shape().dim(0)))));
        Value turns = add(new Layout.Constant(new Dense(Type.of(DType.F32, pairs), frequencies)));
        List<Value> angles =
                builder.add(new Positional.RopeAngles(start, turns, x.shape().dim(2)), op, SectionType.FWD);
        return add(new Positional.Rope(x, angles.get(0), angles.get(1)));
    }

    private Value sum(Value x) {
        List<Integer> axes = IntStream.range(0, x.type().rank()).boxed().toList();
        return add(new Reduction.Reduce(ReduceFn.SUM, x, axes, false));
    }

    private Value scaled(Value x, double factor) {
        return binary(BinaryFn.MUL, x, constant(factor));
    }

    private Value constant(double number) {
        return add(new Layout.Constant(Dense.scalar(DType.F32, number)));
    }

    private Value unary(UnaryFn fn, Value x) {
        return add(new Elementwise.Unary(fn, x));
    }

    private Value binary(BinaryFn fn, Value lhs, Value rhs) {
        return add(new Elementwise.Binary(fn, lhs, rhs));
    }

    private Value add(Op operation) {
        return builder.addOne(operation, op, SectionType.FWD);
    }

    private Value in(String name) {
        Value value = inputs.get(name);
        if (value == null) {
            throw new IllegalArgumentException("the answers about " + op + " have no input " + name);
        }
        return value;
    }

    /// An attribute that has a number for each place of the input, or one for all.
    private List<Integer> numbers(String attribute, int otherwise) {
        if (attributes.get(attribute) instanceof List<?> list) {
            return list.stream().map(n -> ((Number) n).intValue()).toList();
        }
        return Collections.nCopies(in("x").type().rank() - 2, (int) number(attribute, otherwise));
    }

    private double number(String attribute, double otherwise) {
        return attributes.containsKey(attribute) ? number(attribute) : otherwise;
    }

    private double number(String attribute) {
        if (attributes.get(attribute) instanceof Number n) {
            return n.doubleValue();
        }
        throw new IllegalArgumentException("the answers about " + op + " have no number " + attribute);
    }
}
