package org.rduzoo.ir.pass;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Elementwise.Binary;
import org.rduzoo.ir.Elementwise.Unary;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphBuilder;
import org.rduzoo.ir.Layout.Broadcast;
import org.rduzoo.ir.Layout.Constant;
import org.rduzoo.ir.Layout.Reshape;
import org.rduzoo.ir.Layout.Transpose;
import org.rduzoo.ir.Normalization.RmsNorm;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Product.Linear;
import org.rduzoo.ir.Product.MatMul;
import org.rduzoo.ir.ReduceFn;
import org.rduzoo.ir.Reduction.Reduce;
import org.rduzoo.ir.Reduction.Softmax;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.ir.Value;

/// Graphs of random steps, among them everything that patterns look for, with random readers in between. All values
/// that steps build on are `f32[2, 4, 4]` and stay small.
final class RandomGraphs {

    private static final Shape SHAPE = Shape.of(2, 4, 4);

    private final SplittableRandom random;
    private final GraphBuilder builder = new GraphBuilder("random");
    private final List<Value> values = new ArrayList<>();
    private final List<Value> rows = new ArrayList<>();
    private final List<Value> matrices = new ArrayList<>();
    private SectionType section = SectionType.FWD;

    private RandomGraphs(long seed) {
        random = new SplittableRandom(seed);
    }

    static Graph of(long seed, int steps) {
        return new RandomGraphs(seed).build(steps);
    }

    private Graph build(int steps) {
        for (int i = 0; i < 2; i++) {
            values.add(builder.input("x" + i, Graph.Kind.INPUT, new Type(DType.F32, SHAPE)));
            rows.add(builder.input("row" + i, Graph.Kind.PARAMETER, Type.of(DType.F32, 4)));
            matrices.add(builder.input("matrix" + i, Graph.Kind.PARAMETER, Type.of(DType.F32, 4, 4)));
        }
        int turn = random.nextInt(2 * steps);
        for (int i = 0; i < steps; i++) {
            section = i < turn ? SectionType.FWD : SectionType.BCKWD;
            values.add(step());
        }
        builder.output("last", values.getLast());
        for (int i = random.nextInt(4); i > 0; i--) {
            builder.output("output" + i, pick(values));
        }
        return builder.build();
    }

    private Value step() {
        Value x = pick(values);
        return switch (random.nextInt(13)) {
            case 0 -> unary(pick(List.of(UnaryFn.TANH, UnaryFn.SIGMOID, UnaryFn.ABS, UnaryFn.NEG, UnaryFn.RELU)), x);
            case 1 -> binary(pick(List.of(BinaryFn.ADD, BinaryFn.SUB, BinaryFn.MAX)), x, pick(values));
            case 2 -> unary(UnaryFn.TANH, commuted(BinaryFn.MUL, x, pick(values)));
            case 3 ->
                commuted(
                        pick(List.of(BinaryFn.ADD, BinaryFn.MUL, BinaryFn.MAX)),
                        x,
                        number(pick(List.of(0.0, 1.0, 0.5))));
            case 4 -> binary(BinaryFn.DIV, x, unary(UnaryFn.SQRT, number(4)));
            case 5 -> add(new Reshape(add(new Reshape(x, Shape.of(8, 4))), SHAPE));
            case 6 -> add(new Transpose(x, List.of(0, 2, 1)));
            case 7 -> binary(BinaryFn.ADD, x, add(new Broadcast(pick(rows), SHAPE)));
            case 8 -> layerNorm(x);
            case 9 -> rmsNorm(x);
            case 10 -> gelu(x);
            case 11 -> linear(x);
            default -> random.nextBoolean() ? silu(x) : attention();
        };
    }

    private Value layerNorm(Value x) {
        Value deviation = binary(BinaryFn.SUB, x, mean(x));
        Value normal = overRoot(deviation, mean(square(deviation)));
        Value weighted = random.nextBoolean() ? commuted(BinaryFn.MUL, normal, pick(rows)) : normal;
        return random.nextBoolean() ? commuted(BinaryFn.ADD, weighted, pick(rows)) : weighted;
    }

    private Value rmsNorm(Value x) {
        if (random.nextInt(4) == 0) {
            return add(new RmsNorm(x, Optional.of(pick(rows)), 1e-2));
        }
        Value normal = overRoot(x, mean(square(x)));
        return random.nextBoolean() ? commuted(BinaryFn.MUL, normal, pick(rows)) : normal;
    }

    private Value mean(Value x) {
        return add(new Reduce(ReduceFn.MEAN, x, List.of(2), true));
    }

    private Value square(Value x) {
        return random.nextBoolean() ? binary(BinaryFn.MUL, x, x) : binary(BinaryFn.POW, x, number(2));
    }

    private Value overRoot(Value x, Value variance) {
        Value sum = commuted(BinaryFn.ADD, variance, number(1e-2));
        return random.nextBoolean()
                ? binary(BinaryFn.DIV, x, unary(UnaryFn.SQRT, sum))
                : commuted(BinaryFn.MUL, x, unary(UnaryFn.RSQRT, sum));
    }

    private Value gelu(Value x) {
        Value gate =
                commuted(BinaryFn.ADD, unary(UnaryFn.ERF, binary(BinaryFn.DIV, x, number(Math.sqrt(2)))), number(1));
        return random.nextBoolean()
                ? commuted(BinaryFn.MUL, commuted(BinaryFn.MUL, x, gate), number(0.5))
                : commuted(BinaryFn.MUL, commuted(BinaryFn.MUL, x, number(0.5)), gate);
    }

    private Value silu(Value x) {
        return commuted(BinaryFn.MUL, x, unary(UnaryFn.SIGMOID, x));
    }

    private Value linear(Value x) {
        Value product = random.nextBoolean()
                ? add(new Linear(x, pick(matrices), Optional.empty(), Optional.empty()))
                : add(new MatMul(x, add(new Transpose(pick(matrices), List.of(1, 0)))));
        Value biased = random.nextBoolean() ? commuted(BinaryFn.ADD, product, pick(rows)) : product;
        return unary(pick(List.of(UnaryFn.TANH, UnaryFn.SIGMOID)), biased);
    }

    private Value attention() {
        List<Value> heads = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            heads.add(add(new Reshape(pick(values), Shape.of(2, 1, 4, 4))));
        }
        Value turned = add(new Transpose(heads.get(1), List.of(0, 1, 3, 2)));
        Value scores = commuted(BinaryFn.MUL, add(new MatMul(heads.get(0), turned)), number(0.5));
        Value masked = random.nextBoolean() ? commuted(BinaryFn.ADD, scores, causal()) : scores;
        return add(new Reshape(add(new MatMul(add(new Softmax(masked, 3)), heads.get(2))), SHAPE));
    }

    private Value causal() {
        Dense mask = Dense.zeros(Type.of(DType.F32, 4, 4));
        for (int i = 0; i < 4; i++) {
            Arrays.fill(mask.data(), 4 * i + i + 1, 4 * i + 4, Double.NEGATIVE_INFINITY);
        }
        return add(new Constant(mask));
    }

    private Value number(double x) {
        return add(new Constant(Dense.scalar(DType.F32, (float) x)));
    }

    private Value unary(UnaryFn fn, Value x) {
        return add(new Unary(fn, x));
    }

    private Value binary(BinaryFn fn, Value a, Value b) {
        return add(new Binary(fn, a, b));
    }

    private Value commuted(BinaryFn fn, Value a, Value b) {
        return random.nextBoolean() ? binary(fn, a, b) : binary(fn, b, a);
    }

    private Value add(Op op) {
        return builder.addOne(op, "", section);
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }
}
