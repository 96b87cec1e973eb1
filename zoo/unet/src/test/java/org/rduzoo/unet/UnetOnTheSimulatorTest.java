package org.rduzoo.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
import org.rduzoo.testkit.ImageContract;
import org.rduzoo.testkit.ModelGolden;
import org.rduzoo.testkit.RelativeError;
import org.rduzoo.testkit.TrainingAnswers;

/// U-Net compiled and run by the host engine, on everything that this processor can run as.
final class UnetOnTheSimulatorTest {

    private static final UnetModel MODEL = new UnetModel();

    /// What is compiled is the same for every path and number of threads.
    private static final Map<String, Pef> COMPILED = new HashMap<>();

    static Stream<Arguments> runs() {
        return Stream.of("unet2d", "unet3d")
                .flatMap(folder -> HostIsa.available()
                        .flatMap(isa ->
                                Stream.of(1, 2).map(threads -> Arguments.of(folder, new HostOptions(isa, threads)))));
    }

    @ParameterizedTest
    @MethodSource("runs")
    void fp32YieldsTheKnownLogits(String folder, HostOptions options) {
        ModelGolden golden = ModelGolden.beside(UnetOnTheSimulatorTest.class, folder);
        Graph graph = ImageContract.inference(MODEL, golden).graph();
        assertNear("logits", run(golden, graph, options, DType.F32), golden.output("logits_eval"));
    }

    @ParameterizedTest
    @MethodSource("runs")
    void bf16StaysNearTheKnownLogits(String folder, HostOptions options) {
        ModelGolden golden = ModelGolden.beside(UnetOnTheSimulatorTest.class, folder);
        Graph graph = ImageContract.inference(MODEL, golden).graph();
        assertThat(RelativeError.of(
                        Objects.requireNonNull(
                                run(golden, graph, options, DType.BF16).get("logits")),
                        golden.output("logits_eval")))
                .isLessThan(ImageContract.BF16_TOLERANCE);
    }

    /// In the volumes an activation lies so near 0 that another order of sums has it on the other side, and plain Java
    /// has another; images cover it.
    static Stream<Arguments> trainings() {
        return Stream.of("unet2d", "unet2d-bce", "unet2d-dice", "unet3d")
                .flatMap(folder -> HostIsa.available()
                        .filter(isa -> isa != HostIsa.JAVA || !folder.equals("unet3d"))
                        .flatMap(isa -> Stream.of(1, 2)
                                .filter(threads -> threads == 2 || folder.equals("unet2d"))
                                .map(threads -> Arguments.of(folder, new HostOptions(isa, threads)))));
    }

    @ParameterizedTest
    @MethodSource("trainings")
    void aTrainingStepInFp32YieldsTheKnownGradientsWeightsAndStatistics(String folder, HostOptions options) {
        ModelGolden golden = ModelGolden.beside(UnetOnTheSimulatorTest.class, folder);
        Map<String, Dense> outputs = run(golden, trainingGraph(golden), options, DType.F32);
        TrainingAnswers.check(golden, outputs);
        ImageContract.trainingAnswers(golden).forEach((name, expected) -> assertNear(name, outputs, expected));
    }

    @ParameterizedTest
    @MethodSource("trainings")
    void aTrainingStepInBf16StaysNearTheKnownGradients(String folder, HostOptions options) {
        ModelGolden golden = ModelGolden.beside(UnetOnTheSimulatorTest.class, folder);
        TrainingAnswers.checkRounded(
                golden, run(golden, trainingGraph(golden), options, DType.BF16), ImageContract.BF16_GRADIENTS);
    }

    private static Graph trainingGraph(ModelGolden golden) {
        return TrainingAnswers.trainingGraph(
                ImageContract.training(MODEL, golden).graph());
    }

    private static void assertNear(String name, Map<String, Dense> outputs, Dense expected) {
        assertThat(Objects.requireNonNull(outputs.get(name)).data())
                .as(name)
                .containsExactly(expected.data(), within(ModelGolden.tolerance(expected)));
    }

    private static Map<String, Dense> run(ModelGolden golden, Graph traced, HostOptions options, DType dtype) {
        Arch arch = Arch.of("sn30");
        CompileRequest request = new CompileRequest(
                MODEL.name(),
                List.of(traced),
                arch,
                arch.tiles(),
                OptLevel.O3,
                PrecisionOptions.DEFAULTS.withDType(dtype),
                Map.of(),
                golden.config().canonicalJson(),
                Optional.empty());
        Pef pef = COMPILED.computeIfAbsent(
                dtype + request.configText() + GraphText.print(traced), _ -> RduCompiler.compile(request));
        try (Weights weights = golden.open();
                HostModel host = HostModel.load(pef, weights, options)) {
            HostGraph runnable = host.graph(MODEL.name());
            Graph graph = runnable.graph();
            Map<String, Dense> given = TrainingAnswers.given(golden, graph);
            graph.inputs(Graph.Kind.INPUT)
                    .forEach(i ->
                            DenseTensors.write(Objects.requireNonNull(given.get(i.name())), runnable.input(i.name())));
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
