package org.rduzoo.testkit;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.CompareFn;
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

    GoldenGraph(String op, Map<String, Object> attributes, Map<String, Dense> tensors) {
        this.op = op;
        this.attributes = attributes;
        this.builder = new GraphBuilder(op);
        new TreeMap<>(tensors).forEach((name, t) -> inputs.put(name, builder.input(name, Graph.Kind.INPUT, t.type())));
    }

    Graph build() {
        Value out = switch (op) {
            case "attention" -> attention(in("q"), in("k"), in("v"));
            case "cross_entropy" -> crossEntropy(in("logits"), in("target"));
            case "embedding" -> add(new Lookup.Embedding(in("weight"), in("ids")));
            case "exp" -> unary(UnaryFn.EXP, scaled(in("x"), number("input_scaled_by")));
            case "gelu" -> unary(UnaryFn.GELU, in("x"));
            case "gelu_tanh" -> unary(UnaryFn.GELU_TANH, in("x"));
            case "layer_norm" ->
                add(new Normalization.LayerNorm(
                        in("x"), Optional.of(in("weight")), Optional.of(in("bias")), number("eps")));
            case "linear" ->
                add(new Product.Linear(
                        in("x"), in("weight"), Optional.ofNullable(inputs.get("bias")), Optional.empty()));
            case "matmul" -> add(new Product.MatMul(in("lhs"), in("rhs")));
            case "relu" -> unary(UnaryFn.RELU, in("x"));
            case "rope" -> rope(in("x"), number("theta"));
            case "rms_norm" -> add(new Normalization.RmsNorm(in("x"), Optional.of(in("weight")), number("eps")));
            case "sigmoid" -> unary(UnaryFn.SIGMOID, in("x"));
            case "silu" -> unary(UnaryFn.SILU, in("x"));
            case "softmax" -> add(new Reduction.Softmax(in("x"), in("x").shape().axis((int) number("dim"))));
            case "softplus" -> unary(UnaryFn.SOFTPLUS, in("x"));
            case "swiglu" -> binary(BinaryFn.MUL, unary(UnaryFn.SILU, in("gate")), in("up"));
            case "tanh" -> unary(UnaryFn.TANH, in("x"));
            default -> throw new IllegalArgumentException("no operation for the answers about " + op);
        };
        builder.output(OpGolden.OUT, out);
        return builder.build();
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
        return binary(BinaryFn.MUL, x, add(new Layout.Constant(Dense.scalar(x.dtype(), factor))));
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

    private double number(String attribute) {
        if (attributes.get(attribute) instanceof Number n) {
            return n.doubleValue();
        }
        throw new IllegalArgumentException("the answers about " + op + " have no number " + attribute);
    }
}
