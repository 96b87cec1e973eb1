package org.rduzoo.mistral;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
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
import org.rduzoo.samba.DecoderGraphs;
import org.rduzoo.samba.Weights;
import org.rduzoo.testkit.DecoderContract;
import org.rduzoo.testkit.DenseTensors;
import org.rduzoo.testkit.ModelGolden;
import org.rduzoo.testkit.RelativeError;

/// Mistral compiled and run by the host engine, on everything that this processor can run as.
final class MistralOnTheSimulatorTest {

    private static final MistralModel MODEL = new MistralModel();

    /// What is compiled is the same for every path and number of threads.
    private static final Map<String, Pef> COMPILED = new HashMap<>();

    static Stream<Arguments> runs() {
        return Stream.of("mistral")
                .flatMap(folder -> HostIsa.available()
                        .flatMap(isa ->
                                Stream.of(1, 2).map(threads -> Arguments.of(folder, new HostOptions(isa, threads)))));
    }

    @ParameterizedTest
    @MethodSource("runs")
    void fp32YieldsTheKnownOutputs(String folder, HostOptions options) {
        ModelGolden golden = ModelGolden.beside(MistralOnTheSimulatorTest.class, folder);
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
        ModelGolden golden = ModelGolden.beside(MistralOnTheSimulatorTest.class, folder);
        forward(golden, options, DType.BF16)
                .forEach((name, actual) -> assertThat(RelativeError.of(actual, golden.output(name)))
                        .as(name)
                        .isLessThan(DecoderContract.BF16_TOLERANCE));
    }

    @ParameterizedTest
    @MethodSource("runs")
    void greedyDecodingInFp32ContinuesAsKnown(String folder, HostOptions options) {
        ModelGolden golden = ModelGolden.beside(MistralOnTheSimulatorTest.class, folder);
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
        Pef pef = compile(List.of(DecoderContract.trace(MODEL, golden)), golden, dtype);
        try (Weights weights = golden.open();
                HostModel host = HostModel.load(pef, weights, options)) {
            HostGraph runnable = host.graph(MODEL.name());
            Graph graph = runnable.graph();
            Map<String, Dense> given = golden.given(graph);
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
            assertThat(outputs.keySet()).isEqualTo(golden.outputs().keySet());
            return outputs;
        }
    }
}
