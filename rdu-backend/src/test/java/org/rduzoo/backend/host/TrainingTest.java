package org.rduzoo.backend.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.rduzoo.backend.host.machine.HostIsa;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Elementwise.Dropout;
import org.rduzoo.ir.Elementwise.Unary;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphBuilder;
import org.rduzoo.ir.Lookup.Embedding;
import org.rduzoo.ir.Normalization.LayerNorm;
import org.rduzoo.ir.Normalization.RmsNorm;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Optimizer;
import org.rduzoo.ir.Product.Linear;
import org.rduzoo.ir.Reduction.CrossEntropy;
import org.rduzoo.ir.Reference;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.ir.Value;
import org.rduzoo.ir.grad.TrainingGraph;
import org.rduzoo.ir.grad.TrainingOptions;
import org.rduzoo.ir.grad.TrainingOptions.Method;
import org.rduzoo.samba.UserError;

/// Whole steps on each path that this processor has: what a run leaves for the next, parts of a step by themselves,
/// micro-batches, dropout.
final class TrainingTest {

    private static final int TOKENS = 70;
    private static final int VOCABULARY = 37;
    private static final int WIDTH = 50;

    private static final Set<SectionType> PASSES = EnumSet.of(SectionType.FWD, SectionType.BCKWD);
    private static final Set<SectionType> UPDATE = EnumSet.of(SectionType.GRADNORM, SectionType.OPT);

    static Stream<Arguments> steps() {
        return options()
                .flatMap(o ->
                        Stream.of(Method.values()).filter(m -> m != Method.NONE).map(m -> Arguments.of(o, m)));
    }

    static Stream<HostOptions> options() {
        return HostIsa.available().flatMap(isa -> Stream.of(1, 3).map(threads -> new HostOptions(isa, threads)));
    }

    @ParameterizedTest
    @MethodSource("steps")
    void threeStepsAreWhatTheReferenceComputes(HostOptions options, Method method) {
        Graph joint = TrainingGraph.of(model(), TrainingOptions.of(method));
        Map<String, Dense> given = given(joint);
        try (HostModel model = load(joint, given, options)) {
            HostGraph graph = model.graph("model");
            for (int step = 1; step <= 3; step++) {
                given.put(TrainingGraph.STEP, Dense.scalar(DType.I64, step));
                Map<String, Dense> actual = HostRuns.run(graph, inputs(graph.graph(), given));
                Map<String, Dense> expected = Reference.run(graph.graph(), given);
                expected.forEach((name, e) -> assertNear(name, output(actual, name), e));
                graph.graph()
                        .outputs()
                        .forEach(o -> o.alias().ifPresent(state -> given.put(state, output(expected, o.name()))));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("options")
    void partsOfAStepCanBeRunByThemselves(HostOptions options) {
        Graph joint = TrainingGraph.of(model(), TrainingOptions.of(Method.ADAM_W));
        Map<String, Dense> given = given(joint);
        try (HostModel whole = load(joint, given, options);
                HostModel apart = load(joint, given, options)) {
            HostGraph graph = apart.graph("model");
            Map<String, Dense> expected = HostRuns.run(whole.graph("model"), inputs(joint, given));
            write(graph, given);
            graph.run(EnumSet.of(SectionType.FWD));
            graph.run(EnumSet.of(SectionType.BCKWD));
            graph.run(EnumSet.of(SectionType.FWD));
            graph.run(EnumSet.of(SectionType.GRADNORM));
            graph.run(EnumSet.of(SectionType.OPT));
            joint.outputs()
                    .forEach(o -> assertThat(HostRuns.read(
                                            graph.output(o.name()), o.value().type())
                                    .data())
                            .as(o.name())
                            .isEqualTo(output(expected, o.name()).data()));
        }
    }

    @ParameterizedTest
    @MethodSource("options")
    void microBatchesAddUpToOneBatch(HostOptions options) {
        Graph joint = TrainingGraph.of(model(), TrainingOptions.of(Method.SGD).accumulating());
        Map<String, Dense> given = given(joint);
        Map<String, Dense> twice = new HashMap<>(given);
        twice.computeIfPresent("loss.sn_grad", (_, g) -> new Dense(g.type(), doubled(g.data())));
        try (HostModel one = load(joint, given, options);
                HostModel two = load(joint, given, options)) {
            HostGraph graph = one.graph("model");
            write(graph, twice);
            graph.run();
            HostGraph parts = two.graph("model");
            write(parts, given);
            for (int microBatch = 0; microBatch < 2; microBatch++) {
                HostRuns.write(Dense.scalar(DType.F32, microBatch), parts.input(TrainingGraph.ACCUMULATE));
                parts.run(PASSES);
            }
            parts.run(UPDATE);
            assertNear("w", state(two, "w", joint), state(one, "w", joint));
            assertNear("table", state(two, "table", joint), state(one, "table", joint));
        }
    }

    @Test
    void aStepIsTheSameForAnyNumberOfThreads() {
        Graph joint =
                TrainingGraph.of(model(), TrainingOptions.of(Method.ADAM_W).yieldingGradients());
        Map<String, Dense> given = given(joint);
        HostIsa isa = HostIsa.available().findFirst().orElseThrow();
        try (HostModel one = load(joint, given, new HostOptions(isa, 1));
                HostModel three = load(joint, given, new HostOptions(isa, 3))) {
            Map<String, Dense> expected = HostRuns.run(one.graph("model"), inputs(joint, given));
            HostRuns.run(three.graph("model"), inputs(joint, given)).forEach((name, actual) -> {
                if (name.startsWith("grads.") || name.equals("loss")) {
                    assertNear(name, actual, output(expected, name));
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("options")
    void dropoutIsThatOfTheReference(HostOptions options) {
        GraphBuilder b = new GraphBuilder("dropout");
        Value x = b.input("x", Graph.Kind.INPUT, Type.of(DType.F32, 5, 77));
        Value seed = b.input("seed", Graph.Kind.INPUT, Type.of(DType.I64));
        Value p = b.input("p", Graph.Kind.INPUT, Type.of(DType.F32));
        Value dropped = b.addOne(new Dropout(x, seed, p, 3), "", SectionType.FWD);
        b.output("flat", b.addOne(new Unary(UnaryFn.NEG, dropped), "", SectionType.FWD));
        Value norm = b.addOne(new RmsNorm(x, Optional.empty(), 1e-5), "", SectionType.FWD);
        b.output("rows", b.addOne(new Dropout(norm, seed, p, 4), "", SectionType.FWD));
        Graph graph = b.build();
        for (double probability : new double[] {0, 0.25, 1}) {
            Map<String, Dense> given = Map.of(
                    "x", HostRuns.random(new Random(1), DType.F32, 1, 5, 77),
                    "seed", Dense.scalar(DType.I64, 123_456_789_012L),
                    "p", Dense.scalar(DType.F32, probability));
            try (HostModel model = load(graph, given, options)) {
                Map<String, Dense> actual = HostRuns.run(model.graph("dropout"), given);
                Reference.run(graph, given).forEach((name, e) -> assertNear(name, output(actual, name), e));
            }
        }
    }

    /// Steps of a sixteenth of the way to the next number of bf16, which are exact before they are rounded.
    @ParameterizedTest
    @MethodSource("options")
    void parametersAreRoundedAtRandomAsInTheReference(HostOptions options) {
        int count = 9001;
        GraphBuilder b = new GraphBuilder("rounding");
        Value w = b.input("w", Graph.Kind.PARAMETER, Type.of(DType.BF16, count));
        Value gradient = b.input("g", Graph.Kind.INPUT, Type.of(DType.F32, count));
        Value one = b.input("one", Graph.Kind.INPUT, Type.of(DType.F32));
        Value zero = b.input("zero", Graph.Kind.INPUT, Type.of(DType.F32));
        Value seed = b.input("seed", Graph.Kind.INPUT, Type.of(DType.I64));
        Op step = new Optimizer.Sgd(w, gradient, Optional.empty(), one, one, zero, zero, false, Optional.of(seed), 5);
        b.output("w", b.addOne(step, "", SectionType.OPT), Optional.of("w"));
        Graph graph = b.build();
        Map<String, Dense> given = new HashMap<>(Map.of(
                "w", Dense.filled(w.type(), 1),
                "g", Dense.filled(gradient.type(), -0x1p-11),
                "one", Dense.scalar(DType.F32, 1),
                "zero", Dense.scalar(DType.F32, 0)));
        try (HostModel model = load(graph, given, options)) {
            for (int s = 0; s < 32; s++) {
                given.put("seed", Dense.scalar(DType.I64, s));
                Dense actual = output(HostRuns.run(model.graph("rounding"), inputs(graph, given)), "w");
                assertThat(actual.data())
                        .isEqualTo(output(Reference.run(graph, given), "w").data());
                given.put("w", actual);
            }
        }
        // 32 steps make 2^-6: a step of the grid is 2^-7, and a mean of 9001 strays by a hundredth of one.
        assertThat(Arrays.stream(output(given, "w").data()).average().orElseThrow())
                .isCloseTo(1 + 0x1p-6, within(0x1p-7 * 0.06));
    }

    @Test
    void aTargetOutsideTheClassesIsNamed() {
        Graph joint = TrainingGraph.of(model(), TrainingOptions.of(Method.SGD));
        Map<String, Dense> given = given(joint);
        Dense labels = Objects.requireNonNull(given.get("labels"));
        labels.data()[3] = VOCABULARY;
        try (HostModel model = load(joint, given, new HostOptions(HostIsa.JAVA, 1))) {
            HostGraph graph = model.graph("model");
            write(graph, given);
            assertThatThrownBy(graph::run).isInstanceOf(UserError.class).hasMessageContaining("target 37, in place 3");
        }
    }

    /// Tokens through a table, two norms, a tanh and a layer to a loss for each; some labels do not count.
    private static Graph model() {
        GraphBuilder b = new GraphBuilder("model");
        Value ids = b.input("ids", Graph.Kind.INPUT, Type.of(DType.I64, TOKENS));
        Value labels = b.input("labels", Graph.Kind.INPUT, Type.of(DType.I64, TOKENS));
        Value table = b.input("table", Graph.Kind.PARAMETER, Type.of(DType.F32, VOCABULARY, WIDTH));
        Value gain = b.input("gain", Graph.Kind.PARAMETER, Type.of(DType.F32, WIDTH));
        Value shift = b.input("shift", Graph.Kind.PARAMETER, Type.of(DType.F32, WIDTH));
        Value scale = b.input("scale", Graph.Kind.PARAMETER, Type.of(DType.F32, WIDTH));
        Value w = b.input("w", Graph.Kind.PARAMETER, Type.of(DType.F32, VOCABULARY, WIDTH));
        Value bias = b.input("bias", Graph.Kind.PARAMETER, Type.of(DType.F32, VOCABULARY));
        Value x = add(b, new Embedding(table, ids, Optional.of(2L)));
        Value normal = add(b, new LayerNorm(x, Optional.of(gain), Optional.of(shift), 1e-5));
        Value bent = add(b, new Unary(UnaryFn.TANH, normal));
        Value scaled = add(b, new RmsNorm(bent, Optional.of(scale), 1e-5));
        Value plain = add(b, new LayerNorm(scaled, Optional.empty(), Optional.empty(), 1e-5));
        Value logits = add(b, new Linear(plain, w, Optional.of(bias), Optional.empty()));
        b.output("loss", add(b, new CrossEntropy(logits, labels, -100, 0.1)));
        return b.build();
    }

    private static Value add(GraphBuilder b, Op op) {
        return b.addOne(op, "", SectionType.FWD);
    }

    private static Map<String, Dense> given(Graph joint) {
        Random random = new Random(7);
        Map<String, Double> scalars = Map.of(
                "lr",
                0.01,
                "weight_decay",
                0.1,
                "max_grad_norm",
                0.5,
                "beta1",
                0.9,
                "beta2",
                0.99,
                "eps",
                1e-8,
                "momentum",
                0.9);
        Map<String, Dense> given = new HashMap<>();
        for (Graph.Input i : joint.inputs()) {
            Type type = i.value().type();
            Dense value;
            if (type.rank() == 0) {
                value = Dense.scalar(type.dtype(), scalars.getOrDefault(i.name(), type.dtype() == DType.I64 ? 1.0 : 0));
            } else if (i.kind() == Graph.Kind.STATE) {
                value = Dense.zeros(type);
            } else if (type.dtype() == DType.I64) {
                value = Dense.zeros(type);
                for (int t = 0; t < TOKENS; t++) {
                    value.data()[t] = i.name().equals("labels") && t % 5 == 0 ? -100 : random.nextInt(VOCABULARY);
                }
            } else {
                value = HostRuns.random(
                        random,
                        DType.F32,
                        i.name().equals("loss.sn_grad") ? 0.1 : 0.5,
                        type.shape().dims());
            }
            given.put(i.name(), value);
        }
        return given;
    }

    private static double[] doubled(double[] x) {
        double[] y = x.clone();
        for (int i = 0; i < y.length; i++) {
            y[i] *= 2;
        }
        return y;
    }

    private static HostModel load(Graph graph, Map<String, Dense> given, HostOptions options) {
        return HostModel.load(HostRuns.compile(DType.F32, graph), new HostRuns.Tensors(given), options);
    }

    /// What the caller gives anew with each run.
    private static Map<String, Dense> inputs(Graph graph, Map<String, Dense> given) {
        Map<String, Dense> inputs = new HashMap<>();
        graph.inputs(Graph.Kind.INPUT).forEach(i -> inputs.put(i.name(), output(given, i.name())));
        return inputs;
    }

    private static void write(HostGraph graph, Map<String, Dense> given) {
        inputs(graph.graph(), given).forEach((name, value) -> HostRuns.write(value, graph.input(name)));
    }

    private static Dense state(HostModel model, String name, Graph graph) {
        return HostRuns.read(
                model.state(name), graph.input(name).orElseThrow().value().type());
    }

    private static Dense output(Map<String, Dense> outputs, String name) {
        return Objects.requireNonNull(outputs.get(name), name);
    }

    private static void assertNear(String name, Dense actual, Dense expected) {
        double greatest = 1e-3;
        for (double e : expected.data()) {
            greatest = Math.max(greatest, Math.abs(e));
        }
        assertThat(actual.data()).as(name).containsExactly(expected.data(), within(2e-5 * greatest));
    }
}
