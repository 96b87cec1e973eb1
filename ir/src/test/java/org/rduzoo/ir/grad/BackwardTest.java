package org.rduzoo.ir.grad;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.ChannelNorm;
import org.rduzoo.ir.CompareFn;
import org.rduzoo.ir.Convolution;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Elementwise;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphBuilder;
import org.rduzoo.ir.GraphText;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Lookup;
import org.rduzoo.ir.Normalization;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Positional;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.ReduceFn;
import org.rduzoo.ir.Reduction;
import org.rduzoo.ir.Reference;
import org.rduzoo.ir.ResizeMode;
import org.rduzoo.ir.Sampling;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.ir.Value;

/// Each operation's gradient against finite differences.
final class BackwardTest {

    private final Map<String, Dense> given = new HashMap<>();
    private final List<Type> types = new ArrayList<>();

    @ParameterizedTest
    @EnumSource
    void functionsOfOneNumber(UnaryFn fn) {
        positive(fn == UnaryFn.LOG || fn == UnaryFn.SQRT || fn == UnaryFn.RSQRT || fn == UnaryFn.RECIPROCAL, 2, 3);
        check(in -> new Elementwise.Unary(fn, in.get(0)));
    }

    @ParameterizedTest
    @EnumSource
    void functionsOfTwoNumbers(BinaryFn fn) {
        positive(fn == BinaryFn.POW, 2, 3);
        positive(fn == BinaryFn.DIV, 3);
        check(in -> new Elementwise.Binary(fn, in.get(0), in.get(1)));
    }

    @ParameterizedTest
    @EnumSource(names = {"ADD", "MUL", "SUB"})
    void anOperandThatMeetsItself(BinaryFn fn) {
        random(2, 3);
        check(in -> new Elementwise.Binary(fn, in.get(0), in.get(0)));
    }

    @Test
    void selectedElements() {
        give(Dense.zeros(Type.of(DType.BOOL, 2, 1)), 1, 0);
        random(2, 3);
        random(3);
        check(in -> new Elementwise.Select(in.get(0), in.get(1), in.get(2)));
    }

    @Test
    void droppedElements() {
        random(4, 5);
        give(Dense.zeros(Type.of(DType.I64)), 7);
        give(Dense.zeros(Type.of(DType.I64)), 1);
        checkGraph(b -> {
            Value p = b.add(new Elementwise.Cast(b.in(2), DType.F32));
            Value half = b.add(
                    new Elementwise.Binary(BinaryFn.MUL, p, b.add(new Layout.Constant(Dense.scalar(DType.F32, 0.5)))));
            return new Elementwise.Dropout(b.in(0), b.in(1), half, 3);
        });
    }

    @Test
    void movedElements() {
        random(2, 3, 4);
        check(in -> new Layout.Reshape(in.get(0), Shape.of(4, 6)));
        check(in -> new Layout.Transpose(in.get(0), List.of(2, 0, 1)));
        check(in -> new Layout.Slice(in.get(0), 1, 1, 1));
        check(in -> new Layout.Slice(in.get(0), 2, 0, 3));
        check(in -> new Layout.Slice(in.get(0), 0, 0, 2));
        check(in -> new Layout.Broadcast(in.get(0), Shape.of(2, 2, 3, 4)));
    }

    @Test
    void stretchedAndJoinedElements() {
        random(2, 1);
        random(2, 3);
        check(in -> new Layout.Concat(List.of(in.get(0), in.get(1), in.get(0)), 1));
        checkGraph(b -> {
            Value wide = b.add(new Layout.Broadcast(b.in(0), Shape.of(2, 2, 3)));
            return new Elementwise.Binary(BinaryFn.MUL, wide, b.in(1));
        });
    }

    @ParameterizedTest
    @EnumSource
    void reductions(ReduceFn fn) {
        random(2, 3, 4);
        check(in -> new Reduction.Reduce(fn, in.get(0), List.of(0, 2), false));
        check(in -> new Reduction.Reduce(fn, in.get(0), List.of(1), true));
        check(in -> new Reduction.Reduce(fn, in.get(0), List.of(0, 1, 2), false));
    }

    @Test
    void softmaxAlongAnyAxis() {
        random(2, 3, 4);
        check(in -> new Reduction.Softmax(in.get(0), 2));
        check(in -> new Reduction.Softmax(in.get(0), 1));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.1})
    void crossEntropyAndItsLogSum(double smoothing) {
        random(2, 2, 5);
        give(Dense.zeros(Type.of(DType.I64, 2, 2)), 4, -100, 0, 2);
        check(in -> new Reduction.CrossEntropy(in.get(0), in.get(1), -100, smoothing));
    }

    @Test
    void productsOfMatrices() {
        random(2, 3, 4);
        random(4, 5);
        check(in -> new Product.MatMul(in.get(0), in.get(1)));
        random(2, 1, 4, 3);
        check(in -> new Product.MatMul(in.get(2), in.get(0)));
    }

    @Test
    void linearLayersWithAndWithoutActivation() {
        random(2, 3, 4);
        random(5, 4);
        random(5);
        check(in -> new Product.Linear(in.get(0), in.get(1), Optional.of(in.get(2)), Optional.empty()));
        check(in -> new Product.Linear(in.get(0), in.get(1), Optional.of(in.get(2)), Optional.of(UnaryFn.SILU)));
        random(4);
        check(in -> new Product.Linear(in.get(3), in.get(1), Optional.empty(), Optional.of(UnaryFn.TANH)));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5})
    void attention(int form) {
        random(2, 4, 3, 4);
        random(2, 2, 5, 4);
        random(2, 2, 5, 6);
        give(Dense.zeros(Type.of(DType.I64, 2)), 1, 2);
        give(Dense.zeros(Type.of(DType.I64, 2)), 4, 2);
        give(Dense.zeros(Type.of(DType.I64, 2, 5)), 0, 0, 1, 1, 1, 0, 1, 1, 1, 1);
        give(Dense.zeros(Type.of(DType.I64, 2, 5)), 1, 0, 1, 1, 0, 0, 0, 0, 0, 0);
        checkFirst(in -> new Product.Attention(
                in.get(0),
                in.get(1),
                in.get(2),
                Optional.of(in.get(3)).filter(_ -> form == 1 || form == 2),
                Optional.of(in.get(4)).filter(_ -> form == 2),
                Optional.of(in.get(5)).filter(_ -> form == 3),
                Optional.of(in.get(6)).filter(_ -> form == 4),
                form != 0 && form != 4,
                form == 5 ? 2 : 0,
                0.7,
                DType.F32));
    }

    /// The mask is the same for each shift of an operand, so that the slope is that of one function.
    @Test
    void attentionThatDropsShares() {
        random(2, 4, 3, 4);
        random(2, 2, 5, 4);
        random(2, 2, 5, 6);
        give(Dense.zeros(Type.of(DType.I64)), 7);
        checkFirstGraph(b -> new Product.Attention(
                        b.in(0),
                        b.in(1),
                        b.in(2),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        true,
                        0,
                        0.7,
                        DType.F32)
                .dropping(b.in(3), b.add(new Layout.Constant(Dense.scalar(DType.F32, 0.4))), 3));
    }

    @Test
    void norms() {
        random(2, 2, 5);
        random(5);
        random(5);
        check(in -> new Normalization.LayerNorm(in.get(0), Optional.of(in.get(1)), Optional.of(in.get(2)), 1e-5));
        check(in -> new Normalization.LayerNorm(in.get(0), Optional.empty(), Optional.empty(), 1e-5));
        check(in -> new Normalization.RmsNorm(in.get(0), Optional.of(in.get(1)), 1e-5));
        check(in -> new Normalization.RmsNorm(in.get(0), Optional.empty(), 1e-5));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void convolutions(int dimensions) {
        // Each element is moved both ways, and in volumes there are many.
        random(shape(dimensions, 2, 4, dimensions == 3 ? 4 : 6));
        random(shape(dimensions, 6, 2, 3));
        random(6);
        random(shape(dimensions, 4, 3, 2));
        List<Integer> ones = Collections.nCopies(dimensions, 1);
        List<Integer> twos = Collections.nCopies(dimensions, 2);
        Optional<Value> none = Optional.empty();
        check(in -> new Convolution.Conv(
                in.get(0), in.get(1), none, Optional.of(in.get(2)), Optional.empty(), twos, ones, ones, 2));
        check(in -> new Convolution.Conv(in.get(0), in.get(1), none, none, Optional.empty(), ones, ones, twos, 2));
        check(in ->
                new Convolution.ConvTranspose(in.get(0), in.get(3), Optional.of(in.get(2)), twos, ones, ones, ones, 2));
        check(in -> new Convolution.ConvTranspose(in.get(0), in.get(3), none, ones, ones, ones, twos, 2));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void poolsAndResizing(int dimensions) {
        random(shape(dimensions, 1, 2, 5));
        List<Integer> ones = Collections.nCopies(dimensions, 1);
        List<Integer> twos = Collections.nCopies(dimensions, 2);
        List<Integer> threes = Collections.nCopies(dimensions, 3);
        check(in -> new Sampling.MaxPool(in.get(0), threes, twos, ones, false));
        check(in -> new Sampling.MaxPool(in.get(0), twos, twos, Collections.nCopies(dimensions, 0), true));
        check(in -> new Sampling.AvgPool(in.get(0), threes, twos, ones, true, true));
        check(in -> new Sampling.AvgPool(in.get(0), threes, twos, ones, true, false));
        check(in -> new Sampling.Resize(in.get(0), Collections.nCopies(dimensions, 8), ResizeMode.NEAREST, false));
        check(in -> new Sampling.Resize(in.get(0), Collections.nCopies(dimensions, 8), ResizeMode.LINEAR, false));
        check(in -> new Sampling.Resize(in.get(0), threes, ResizeMode.LINEAR, true));
    }

    @Test
    void normsOfChannels() {
        random(2, 4, 3);
        random(4);
        random(4);
        random(4);
        positive(true, 4);
        Optional<Value> none = Optional.empty();
        check(in -> new ChannelNorm.BatchNorm(
                in.get(0), Optional.of(in.get(1)), Optional.of(in.get(2)), in.get(3), in.get(4), 1e-3));
        check(in -> new ChannelNorm.GroupNorm(in.get(0), Optional.of(in.get(1)), Optional.of(in.get(2)), 2, 1e-3));
        check(in -> new ChannelNorm.GroupNorm(in.get(0), none, none, 1, 1e-3));
        checkFirstGraph(b -> {
            Value running = b.add(new Layout.Constant(Dense.zeros(Type.of(DType.F32, 4))));
            return new ChannelNorm.BatchNormTraining(
                    b.in(0), Optional.of(b.in(1)), Optional.of(b.in(2)), running, running, 0.1, 1e-3);
        });
    }

    /// `[first, second, side..]`
    private static int[] shape(int dimensions, int first, int second, int side) {
        int[] dims = new int[dimensions + 2];
        Arrays.fill(dims, side);
        dims[0] = first;
        dims[1] = second;
        return dims;
    }

    @Test
    void aTableWhoseRowsAreTakenMoreThanOnce() {
        random(4, 3);
        give(Dense.zeros(Type.of(DType.I64, 2, 3)), 0, 2, 2, 3, 2, 0);
        check(in -> new Lookup.Embedding(in.get(0), in.get(1)));
    }

    @Test
    void rotaryEmbedding() {
        random(2, 2, 3, 5);
        give(Dense.zeros(Type.of(DType.I64, 2)), 3, 0);
        checkGraph(b -> {
            Value frequencies = b.add(new Layout.Constant(new Dense(Type.of(DType.F32, 2), new double[] {1, 0.25})));
            List<Value> angles = b.addAll(new Positional.RopeAngles(b.in(1), frequencies, 3));
            return new Positional.Rope(b.in(0), angles.get(0), angles.get(1));
        });
    }

    @Test
    void whatDoesNotChangeByDegreesHasNoGradient() {
        Graph graph = GraphText.parse("""
                graph "g" {
                  input %0 "x" : f32[2, 1, 3, 4]
                  input %1 "rows" : f32[2, 1, 1, 4]
                  input %2 "start" : i64[2]
                  fwd %3 = cache_write(%0, %1, %2, %2) {ring=false} : f32[2, 1, 3, 4] @ "model.cache"
                  fwd %4 = cast(%1) {dtype=i64} : i64[2, 1, 1, 4]
                  fwd %5 = cast(%4) {dtype=f32} : f32[2, 1, 1, 4]
                  output "y" = %3
                  output "whole" = %4
                  output "z" = %5
                }
                """);
        assertThatThrownBy(() -> Backward.gradients(graph, "y", List.of("rows")))
                .isInstanceOf(NoGradient.class)
                .hasMessage("cache_write at model.cache has no gradient: a cache serves inference, but the loss depends"
                        + " by it on what is trained.");
        assertThatThrownBy(() -> Backward.gradients(graph, "z", List.of("rows")))
                .hasMessage("output z of graph g does not depend on rows.");
        assertThatThrownBy(() -> Backward.gradients(graph, "whole", List.of("rows")))
                .hasMessageContaining("only floats have gradients");
        assertThatThrownBy(() -> Backward.gradients(graph, "loss", List.of("rows")))
                .hasMessageContaining("no output loss")
                .hasMessageContaining("[y, whole, z]");
    }

    @Test
    void onlyWhatAWantedGradientNeedsIsWritten() {
        random(2, 3);
        random(4, 3);
        Graph forward = graph(b -> new Product.Linear(b.in(0), b.in(1), Optional.empty(), Optional.empty()));
        Graph joint = Backward.gradients(forward, "y0", List.of("x1"));
        assertThat(joint.nodes().stream()
                        .filter(n -> n.section() == SectionType.BCKWD)
                        .map(n -> Ops.name(n.op())))
                .containsExactly("transpose", "mat_mul");
    }

    @Test
    void gradientsOfManyUsesAddUp() {
        random(3);
        checkGraph(b -> {
            Value y = b.add(new Elementwise.Unary(UnaryFn.TANH, b.in(0)));
            Value z = b.add(new Elementwise.Binary(BinaryFn.MUL, y, b.in(0)));
            return new Elementwise.Binary(BinaryFn.ADD, z, y);
        });
    }

    @Test
    void ofTwoEqualNumbersTheSecondCountsAsTheGreater() {
        Graph graph = GraphText.parse("""
                graph "g" {
                  input %0 "a" : f32[2]
                  input %1 "b" : f32[2]
                  fwd %2 = max(%0, %1) : f32[2]
                  output "y" = %2
                }
                """);
        Dense a = new Dense(Type.of(DType.F32, 2), new double[] {1, 2});
        Dense b = new Dense(Type.of(DType.F32, 2), new double[] {1, 3});
        Map<String, Dense> results = Reference.run(
                Backward.gradients(graph, "y", List.of("a", "b")), Map.of("a", a, "b", b, "y.sn_grad", a));
        assertThat(Stream.of("grads.a", "grads.b")
                        .map(n -> results.getOrDefault(n, a).data()))
                .containsExactly(new double[] {0, 0}, new double[] {1, 2});
    }

    @Test
    void factorsOfASmallerTypeGetGradientsOfTheirType() {
        Graph graph = GraphText.parse("""
                graph "g" {
                  input %0 "x" : f32[2, 3]
                  input %1 "w" : bf16[4, 3]
                  fwd %2 = cast(%0) {dtype=bf16} : bf16[2, 3]
                  fwd %3 = linear(%2, %1) : f32[2, 4]
                  output "y" = %3
                }
                """);
        Graph joint = Backward.gradients(graph, "y", List.of("x", "w"));
        assertThat(joint.outputs().stream().map(o -> o.value().type().toString()))
                .containsExactly("f32[2, 4]", "f32[2, 3]", "bf16[4, 3]");
    }

    /// The operations of one small graph, on inputs of the types so far.
    private final class Body {

        private final GraphBuilder builder = new GraphBuilder("g");
        private final List<Value> inputs = new ArrayList<>();

        Body() {
            for (Type type : types) {
                inputs.add(builder.input("x" + inputs.size(), Graph.Kind.INPUT, type));
            }
        }

        Value in(int i) {
            return inputs.get(i);
        }

        Value add(Op op) {
            return addAll(op).getFirst();
        }

        List<Value> addAll(Op op) {
            return builder.add(op, "", SectionType.FWD);
        }
    }

    private void random(int... dims) {
        types.add(Type.of(DType.F32, dims));
    }

    private void positive(boolean bounded, int... dims) {
        Dense dense = Dense.zeros(Type.of(DType.F32, dims));
        if (bounded) {
            for (int i = 0; i < dense.data().length; i++) {
                dense.data()[i] = 0.5 + 0.4 * i;
            }
            give(dense, dense.data());
        } else {
            types.add(dense.type());
        }
    }

    private void give(Dense to, double... data) {
        System.arraycopy(data, 0, to.data(), 0, data.length);
        given.put("x" + types.size(), to);
        types.add(to.type());
    }

    private Graph graph(Function<Body, Op> last) {
        Body body = new Body();
        int outputs = 0;
        for (Value result : body.addAll(last.apply(body))) {
            body.builder.output("y" + outputs++, result);
        }
        return body.builder.build();
    }

    /// Checks an operation that reads the inputs; those it does not read are left out.
    private void check(Function<List<Value>, Op> op) {
        checkGraph(b -> op.apply(b.inputs));
    }

    private void checkGraph(Function<Body, Op> last) {
        FiniteDifferences.check(used(graph(last)), given, 1);
    }

    /// As [#check], of an operation whose first result alone can be differentiated.
    private void checkFirst(Function<List<Value>, Op> op) {
        checkFirstGraph(b -> op.apply(b.inputs));
    }

    private void checkFirstGraph(Function<Body, Op> op) {
        Graph g = used(graph(op));
        FiniteDifferences.check(
                new Graph(g.name(), g.inputs(), g.nodes(), g.outputs().subList(0, 1)), given, 1);
    }

    private static Graph used(Graph graph) {
        GraphBuilder builder = new GraphBuilder(graph.name());
        Map<Value, Value> mapped = new HashMap<>();
        for (Graph.Input i : graph.inputs()) {
            if (graph.nodes().stream().anyMatch(n -> n.operands().contains(i.value()))) {
                mapped.put(
                        i.value(), builder.input(i.name(), i.kind(), i.value().type()));
            }
        }
        graph.nodes().forEach(n -> {
            List<Value> results =
                    builder.add(Ops.mapOperands(n.op(), v -> mapped.getOrDefault(v, v)), n.path(), n.section());
            for (int i = 0; i < results.size(); i++) {
                mapped.put(n.results().get(i), results.get(i));
            }
        });
        graph.outputs().forEach(o -> builder.output(o.name(), mapped.getOrDefault(o.value(), o.value())));
        return builder.build();
    }

    @Test
    void comparisonsStopGradients() {
        random(3);
        random(3);
        Graph forward = graph(b -> {
            Value less = b.add(new Elementwise.Compare(CompareFn.LT, b.in(0), b.in(1)));
            return new Elementwise.Select(less, b.in(0), b.in(1));
        });
        FiniteDifferences.check(forward, given, 5);
    }
}
