package org.rduzoo.backend.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.rduzoo.backend.host.machine.HostIsa;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Reference;
import org.rduzoo.testkit.OpGolden;
import org.rduzoo.testkit.OpGoldens;
import org.rduzoo.testkit.RelativeError;

/// Every operation, compiled and run on each path that this processor has, computes what PyTorch and the reference
/// interpreter compute.
class HostContractTest {

    private static final double BF16 = 1.0 / 256;

    /// What is compiled is the same for every path, and so is what the reference makes of it.
    private static final Map<String, Pef> COMPILED = new HashMap<>();

    private static final Map<String, Map<String, Dense>> EXPECTED = new HashMap<>();

    static Stream<Arguments> cases() {
        return HostIsa.available()
                .flatMap(isa -> Stream.of(1, 2)
                        .flatMap(threads -> OpGoldens.all().map(g -> Arguments.of(new HostOptions(isa, threads), g))));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void anOperationInFp32ComputesWhatPyTorchComputes(HostOptions options, OpGolden golden) {
        Map<String, Dense> outputs = run(golden, DType.F32, options).outputs;
        assertThat(golden.error(outputs)).isLessThanOrEqualTo(OpGoldens.TOLERANCE);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void anOperationInBf16ComputesWhatTheReferenceComputes(HostOptions options, OpGolden golden) {
        Run run = run(golden, DType.BF16, options);
        expected(run, golden.inputs()).forEach((name, expected) -> {
            Dense actual = Objects.requireNonNull(run.outputs.get(name));
            assertThat(RelativeError.of(actual, expected)).as(name).isLessThanOrEqualTo(2 * BF16);
            assertThat(countAbove(actual, expected)).as(name).isLessThanOrEqualTo(1 + expected.data().length / 1000);
        });
    }

    static Stream<Arguments> gradients() {
        return HostIsa.available()
                .flatMap(isa -> Stream.of(1, 2)
                        .flatMap(threads -> OpGoldens.all().map(g -> Arguments.of(new HostOptions(isa, threads), g))));
    }

    @ParameterizedTest
    @MethodSource("gradients")
    void aGradientInFp32IsWhatPyTorchComputes(HostOptions options, OpGolden golden) {
        Map<String, Dense> outputs = runGradient(golden, DType.F32, options).outputs;
        assertThat(golden.gradientError(outputs)).isLessThanOrEqualTo(OpGoldens.TOLERANCE);
    }

    static Stream<Arguments> gradientsByATeam() {
        return gradients().filter(a -> ((HostOptions) a.get()[0]).threads() > 1);
    }

    /// A gradient is rounded on its way more often than a result, and more of its numbers fall to the other side.
    @ParameterizedTest
    @MethodSource("gradientsByATeam")
    void aGradientInBf16IsWhatTheReferenceComputes(HostOptions options, OpGolden golden) {
        Run run = runGradient(golden, DType.BF16, options);
        expected(run, golden.gradientInputs()).forEach((name, expected) -> {
            Dense actual = Objects.requireNonNull(run.outputs.get(name));
            assertThat(RelativeError.of(actual, expected)).as(name).isLessThanOrEqualTo(4 * BF16);
            assertThat(countAbove(actual, expected)).as(name).isLessThanOrEqualTo(1 + expected.data().length / 50);
        });
    }

    /// How many numbers are further than [#BF16] from the expected: those that lay so near to the middle between two of
    /// `bf16` that another order of sums rounded them the other way.
    private static int countAbove(Dense actual, Dense expected) {
        double greatest = Arrays.stream(expected.data())
                .map(Math::abs)
                .filter(Double::isFinite)
                .max()
                .orElse(0);
        int count = 0;
        for (int i = 0; i < expected.data().length; i++) {
            count += Math.abs(actual.data()[i] - expected.data()[i]) > BF16 * greatest ? 1 : 0;
        }
        return count;
    }

    private record Run(String what, Graph compiled, Map<String, Dense> outputs) {}

    private static Map<String, Dense> expected(Run run, Map<String, Dense> inputs) {
        return EXPECTED.computeIfAbsent(run.what, _ -> Reference.run(run.compiled, inputs));
    }

    private static Run run(OpGolden golden, DType precision, HostOptions options) {
        return run(golden + " in " + precision, golden.graph(), golden.inputs(), precision, options);
    }

    private static Run runGradient(OpGolden golden, DType precision, HostOptions options) {
        String what = "gradient of " + golden + " in " + precision;
        return run(what, golden.gradientGraph(), golden.gradientInputs(), precision, options);
    }

    private static Run run(String what, Graph source, Map<String, Dense> inputs, DType precision, HostOptions options) {
        Pef pef = COMPILED.computeIfAbsent(what, _ -> HostRuns.compile(precision, source));
        try (HostModel model = HostModel.load(pef, new HostRuns.Tensors(Map.of()), options)) {
            HostGraph graph = model.graph(source.name());
            return new Run(what, graph.graph(), HostRuns.run(graph, inputs));
        }
    }
}
