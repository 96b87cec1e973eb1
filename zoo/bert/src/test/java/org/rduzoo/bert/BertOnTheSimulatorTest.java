package org.rduzoo.bert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
import org.rduzoo.ir.pass.PrecisionOptions;
import org.rduzoo.samba.Weights;
import org.rduzoo.testkit.DenseTensors;
import org.rduzoo.testkit.EncoderContract;
import org.rduzoo.testkit.ModelGolden;
import org.rduzoo.testkit.RelativeError;
import org.rduzoo.testkit.TrainingAnswers;

/// BERT compiled and run by the host engine, on everything that this processor can run as.
final class BertOnTheSimulatorTest {

    private static final BertModel MODEL = new BertModel();

    /// What is compiled is the same for every path and number of threads.
    private static final Map<String, Pef> COMPILED = new HashMap<>();

    /// Of the model and of its graph.
    static final String NAME = MODEL.name();

    static Stream<Arguments> runs() {
        return Stream.of("bert", "bert-mlm", "bert-classify")
                .flatMap(folder -> HostIsa.available()
                        .flatMap(isa ->
                                Stream.of(1, 2).map(threads -> Arguments.of(folder, new HostOptions(isa, threads)))));
    }

    @ParameterizedTest
    @MethodSource("runs")
    void fp32YieldsTheKnownOutputs(String folder, HostOptions options) {
        ModelGolden golden = ModelGolden.beside(BertOnTheSimulatorTest.class, folder);
        run(golden, options, DType.F32).forEach((name, actual) -> {
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
        ModelGolden golden = ModelGolden.beside(BertOnTheSimulatorTest.class, folder);
        run(golden, options, DType.BF16)
                .forEach((name, actual) -> assertThat(RelativeError.of(actual, golden.output(name)))
                        .as(name)
                        .isLessThan(EncoderContract.BF16_TOLERANCE));
    }

    @ParameterizedTest
    @MethodSource("runs")
    void aTrainingStepInFp32YieldsTheKnownGradientsAndWeights(String folder, HostOptions options) {
        ModelGolden golden = ModelGolden.beside(BertOnTheSimulatorTest.class, folder);
        TrainingAnswers.check(golden, step(golden, options, DType.F32));
    }

    static Stream<Arguments> runsByATeam() {
        return runs().filter(a -> ((HostOptions) a.get()[1]).threads() > 1);
    }

    @ParameterizedTest
    @MethodSource("runsByATeam")
    void aTrainingStepInBf16StaysNearTheKnownGradients(String folder, HostOptions options) {
        ModelGolden golden = ModelGolden.beside(BertOnTheSimulatorTest.class, folder);
        TrainingAnswers.checkRounded(golden, step(golden, options, DType.BF16), EncoderContract.BF16_TOLERANCE);
    }

    private static Map<String, Dense> step(ModelGolden golden, HostOptions options, DType dtype) {
        Graph joint = TrainingAnswers.trainingGraph(EncoderContract.trace(MODEL, golden));
        return run(golden, joint, options, dtype);
    }

    private static Map<String, Dense> run(ModelGolden golden, HostOptions options, DType dtype) {
        Map<String, Dense> outputs = run(golden, EncoderContract.trace(MODEL, golden), options, dtype);
        assertThat(outputs.keySet()).isEqualTo(golden.outputs().keySet());
        return outputs;
    }

    /// The graph of the whole model, with its loss, in a PEF.
    static Pef compile(ModelGolden golden, DType dtype) {
        return compile(golden, EncoderContract.trace(MODEL, golden), dtype);
    }

    private static Pef compile(ModelGolden golden, Graph traced, DType dtype) {
        Arch arch = Arch.of("sn30");
        CompileRequest request = new CompileRequest(
                NAME,
                List.of(traced),
                arch,
                arch.tiles(),
                OptLevel.O3,
                PrecisionOptions.DEFAULTS.withDType(dtype),
                Map.of(),
                golden.config().canonicalJson(),
                Optional.empty());
        return COMPILED.computeIfAbsent(
                dtype + request.configText() + GraphText.print(traced), _ -> RduCompiler.compile(request));
    }

    private static Map<String, Dense> run(ModelGolden golden, Graph traced, HostOptions options, DType dtype) {
        Pef pef = compile(golden, traced, dtype);
        try (Weights weights = golden.open();
                HostModel host = HostModel.load(pef, weights, options)) {
            HostGraph runnable = host.graph(NAME);
            Graph graph = runnable.graph();
            Map<String, Dense> given = TrainingAnswers.given(golden, graph);
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
