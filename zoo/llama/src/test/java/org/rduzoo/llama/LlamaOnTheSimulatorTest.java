package org.rduzoo.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.rduzoo.backend.CompileRequest;
import org.rduzoo.backend.RduCompiler;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.host.HostGraph;
import org.rduzoo.backend.host.HostModel;
import org.rduzoo.backend.host.HostOptions;
import org.rduzoo.backend.host.machine.HostIsa;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphText;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.grad.TrainingGraph;
import org.rduzoo.ir.pass.PrecisionOptions;
import org.rduzoo.samba.CausalLm;
import org.rduzoo.samba.DecoderGraphs;
import org.rduzoo.samba.KvCache;
import org.rduzoo.samba.Losses;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Tensor;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.Weights;
import org.rduzoo.testkit.DecoderContract;
import org.rduzoo.testkit.DenseTensors;
import org.rduzoo.testkit.ModelGolden;
import org.rduzoo.testkit.RelativeError;
import org.rduzoo.testkit.TrainingAnswers;

/// Llama compiled and run by the host engine, on everything that this processor can run as.
final class LlamaOnTheSimulatorTest {

    private static final LlamaModel MODEL = new LlamaModel();

    /// What is compiled is the same for every path and number of threads.
    private static final Map<String, Pef> COMPILED = new HashMap<>();

    static Stream<Arguments> runs() {
        return Stream.of("llama", "llama3-scaled", "llama-linear")
                .flatMap(folder -> HostIsa.available()
                        .flatMap(isa ->
                                Stream.of(1, 2).map(threads -> Arguments.of(folder, new HostOptions(isa, threads)))));
    }

    @ParameterizedTest
    @MethodSource("runs")
    void fp32YieldsTheKnownOutputs(String folder, HostOptions options) {
        ModelGolden golden = ModelGolden.beside(LlamaOnTheSimulatorTest.class, folder);
        forward(golden, options, DType.F32).forEach((name, actual) -> {
            Dense expected = golden.output(name);
            assertThat(actual.type()).as(name).isEqualTo(expected.type());
            assertThat(actual.data())
                    .as(name)
                    .containsExactly(expected.data(), within(ModelGolden.tolerance(expected)));
        });
    }

    @ParameterizedTest
    @MethodSource("runs")
    void bf16StaysNearTheKnownOutputs(String folder, HostOptions options) {
        ModelGolden golden = ModelGolden.beside(LlamaOnTheSimulatorTest.class, folder);
        forward(golden, options, DType.BF16)
                .forEach((name, actual) -> assertThat(RelativeError.of(actual, golden.output(name)))
                        .as(name)
                        .isLessThan(DecoderContract.BF16_TOLERANCE));
    }

    @ParameterizedTest
    @MethodSource("runs")
    void greedyDecodingInFp32ContinuesAsKnown(String folder, HostOptions options) {
        ModelGolden golden = ModelGolden.beside(LlamaOnTheSimulatorTest.class, folder);
        Dense prompt = golden.tensor("inputs.prompt");
        Dense generated = golden.tensor("generated");
        int length = generated.shape().dim(1);
        int first = prompt.shape().dim(1);
        List<Graph> graphs = Stream.of(8, 1)
                .map(t -> DecoderGraphs.step("tokens_" + t, MODEL, golden.config(), 1, t, length, 8)
                        .graph())
                .toList();
        try (Weights weights = golden.open();
                HostModel host = HostModel.load(compile(graphs, golden, DType.F32), weights, options)) {
            int done = 0;
            for (int end = first; end < length; end++) {
                HostGraph step = host.graph(done == 0 ? "tokens_8" : "tokens_1");
                for (int t = done; t < end; t++) {
                    step.input("input_ids").setAtIndex(ValueLayout.JAVA_LONG, t - done, (long)
                            generated.data()[t]);
                }
                step.input("start").set(ValueLayout.JAVA_LONG, 0, done);
                step.input("valid").set(ValueLayout.JAVA_LONG, 0, end);
                step.run();
                done = end;
                assertThat(best(step)).as("token %d", end).isEqualTo((int)
                        generated.data()[end]);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("runs")
    void aTrainingStepInFp32YieldsTheKnownGradientsAndWeights(String folder, HostOptions options) {
        ModelGolden golden = ModelGolden.beside(LlamaOnTheSimulatorTest.class, folder);
        TrainingAnswers.check(golden, step(golden, options, DType.F32));
    }

    @ParameterizedTest
    @MethodSource("runs")
    void aTrainingStepInBf16StaysNearTheKnownGradients(String folder, HostOptions options) {
        ModelGolden golden = ModelGolden.beside(LlamaOnTheSimulatorTest.class, folder);
        TrainingAnswers.checkRounded(golden, step(golden, options, DType.BF16), DecoderContract.BF16_TOLERANCE);
    }

    private static Map<String, Dense> step(ModelGolden golden, HostOptions options, DType dtype) {
        Graph joint = TrainingAnswers.trainingGraph(DecoderContract.trace(MODEL, golden));
        return run(golden, joint, TrainingAnswers.given(golden, joint), options, dtype);
    }

    static Stream<HostOptions> machines() {
        return HostIsa.available().map(isa -> new HostOptions(isa, 2));
    }

    /// A text's positions are relative, so it does not matter where in a row it begins.
    @ParameterizedTest
    @MethodSource("machines")
    void textsPackedInARowAreTrainedOnAsIfEachStoodAlone(HostOptions options) {
        ModelGolden golden = ModelGolden.beside(LlamaOnTheSimulatorTest.class, "llama3-scaled");
        int each = 9;
        Map<String, Dense> packed = packedStep(golden, 1, 2 * each, each, options);
        Map<String, Dense> alone = packedStep(golden, 2, each, each, options);
        assertThat(packed.keySet()).isEqualTo(alone.keySet()).hasSize(20);
        packed.forEach((name, gradient) -> {
            double[] expected = Objects.requireNonNull(alone.get(name)).data();
            double greatest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
            assertThat(gradient.data()).as(name).containsExactly(expected, within(1e-6 + 1e-4 * greatest));
        });
    }

    /// The gradients of a step on `rows` rows of texts of `each` tokens, the same tokens however they are packed.
    private static Map<String, Dense> packedStep(
            ModelGolden golden, int rows, int tokens, int each, HostOptions options) {
        Trace trace = new Trace(MODEL.name());
        CausalLm lm = MODEL.build(golden.config(), Params.shapes(trace));
        Tensor ids = trace.input("input_ids", DType.I64, rows, tokens);
        Tensor segments = trace.input("segment_ids", DType.I64, rows, tokens);
        KvCache none = KvCache.none(trace, rows, lm.cacheShapes(), Optional.empty(), Optional.of(segments));
        Tensor labels = trace.input("labels", DType.I64, rows, tokens);
        trace.output("loss", Losses.crossEntropy(lm.logits(lm.hidden(ids, none)), labels));
        Graph joint = TrainingAnswers.trainingGraph(trace.graph());
        Map<String, Dense> given = TrainingAnswers.given(golden, joint);
        Type type = Type.of(DType.I64, rows, tokens);
        given.put("input_ids", numbers(type, i -> (i * 37 + 11) % 50));
        given.put("segment_ids", numbers(type, i -> i / each + 1));
        given.put("labels", numbers(type, i -> i % each == each - 1 ? Losses.IGNORED : (i * 37 + 48) % 50));
        Map<String, Dense> outputs = run(golden, joint, given, options, DType.F32);
        outputs.keySet().removeIf(name -> !name.startsWith(TrainingGraph.gradientName("")));
        return outputs;
    }

    private static Dense numbers(Type type, IntToDoubleFunction at) {
        return new Dense(
                type, IntStream.range(0, (int) type.elements()).mapToDouble(at).toArray());
    }

    private static int best(HostGraph step) {
        float[] logits = step.output("logits").toArray(ValueLayout.JAVA_FLOAT);
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    private static Pef compile(List<Graph> graphs, ModelGolden golden, DType dtype) {
        Arch arch = Arch.of("sn40");
        CompileRequest request = new CompileRequest(
                MODEL.name(),
                graphs,
                arch,
                arch.tiles(),
                OptLevel.O3,
                PrecisionOptions.DEFAULTS.withDType(dtype),
                Map.of(),
                golden.config().canonicalJson(),
                Optional.empty());
        String what = graphs.stream().map(GraphText::print).collect(Collectors.joining());
        return COMPILED.computeIfAbsent(dtype + request.configText() + what, _ -> RduCompiler.compile(request));
    }

    private static Map<String, Dense> forward(ModelGolden golden, HostOptions options, DType dtype) {
        Graph graph = DecoderContract.trace(MODEL, golden);
        Map<String, Dense> outputs = run(golden, graph, golden.given(graph), options, dtype);
        assertThat(outputs.keySet()).isEqualTo(golden.outputs().keySet());
        return outputs;
    }

    private static Map<String, Dense> run(
            ModelGolden golden, Graph traced, Map<String, Dense> given, HostOptions options, DType dtype) {
        Pef pef = compile(List.of(traced), golden, dtype);
        try (Weights weights = golden.open();
                HostModel host = HostModel.load(pef, weights, options)) {
            HostGraph runnable = host.graph(MODEL.name());
            Graph graph = runnable.graph();
            graph.inputs(Graph.Kind.INPUT)
                    .forEach(i -> DenseTensors.write(
                            given.getOrDefault(i.name(), Dense.zeros(i.value().type())), runnable.input(i.name())));
            runnable.run();
            Map<String, Dense> outputs = new HashMap<>();
            for (Graph.Output output : graph.outputs()) {
                outputs.put(
                        output.name(),
                        DenseTensors.read(
                                runnable.output(output.name()), output.value().type()));
            }
            return outputs;
        }
    }
}
