package org.rduzoo.backend.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
import org.rduzoo.backend.host.machine.HostIsa;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.ir.ChannelNorm;
import org.rduzoo.ir.Convolution;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Reference;
import org.rduzoo.ir.Sampling;
import org.rduzoo.ir.pass.PrecisionOptions;
import org.rduzoo.samba.Weights;
import org.rduzoo.testkit.OpGolden;
import org.rduzoo.testkit.OpGoldens;
import org.rduzoo.testkit.RelativeError;

/// Every operation, compiled and run on each path that this processor has, computes what PyTorch and the reference
/// interpreter compute.
class HostContractTest {

    private static final double BF16 = 1.0 / 256;

    static Stream<Arguments> cases() {
        return HostIsa.available()
                .flatMap(isa -> Stream.of(1, 2)
                        .flatMap(threads -> goldens().map(g -> Arguments.of(new HostOptions(isa, threads), g))));
    }

    /// What this engine has kernels for.
    private static Stream<OpGolden> goldens() {
        return OpGoldens.all()
                .filter(g -> g.graph().nodes().stream()
                        .noneMatch(n -> n.op() instanceof Convolution
                                || n.op() instanceof Sampling
                                || n.op() instanceof ChannelNorm));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void anOperationInFp32ComputesWhatPyTorchComputes(HostOptions options, OpGolden golden) {
        Map<String, Dense> outputs = run(golden, PrecisionOptions.DEFAULTS.withDType(DType.F32), options).outputs;
        assertThat(golden.error(outputs)).isLessThanOrEqualTo(OpGoldens.TOLERANCE);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void anOperationInBf16ComputesWhatTheReferenceComputes(HostOptions options, OpGolden golden) {
        Run run = run(golden, PrecisionOptions.DEFAULTS, options);
        Reference.run(run.compiled, golden.inputs())
                .forEach((name, expected) -> assertThat(
                                RelativeError.of(Objects.requireNonNull(run.outputs.get(name)), expected))
                        .as(name)
                        .isLessThanOrEqualTo(BF16));
    }

    private record Run(Graph compiled, Map<String, Dense> outputs) {}

    private static Run run(OpGolden golden, PrecisionOptions precision, HostOptions options) {
        Arch arch = Arch.of("sn40");
        Pef pef = RduCompiler.compile(new CompileRequest(
                golden.op(),
                List.of(golden.graph()),
                arch,
                arch.tiles(),
                OptLevel.O3,
                precision,
                Map.of(),
                "{}",
                Optional.empty()));
        try (HostModel model = HostModel.load(pef, new NoWeights(), options)) {
            HostGraph graph = model.graph(golden.graph().name());
            graph.graph()
                    .inputs()
                    .forEach(i -> write(Objects.requireNonNull(golden.inputs().get(i.name())), graph.input(i.name())));
            graph.run();
            Map<String, Dense> outputs = new HashMap<>();
            for (Graph.Output output : graph.graph().outputs()) {
                outputs.put(output.name(), read(graph.output(output.name()), output));
            }
            return new Run(graph.graph(), outputs);
        }
    }

    private static void write(Dense from, MemorySegment to) {
        for (int i = 0; i < from.data().length; i++) {
            switch (from.type().dtype()) {
                case F32 -> to.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) from.data()[i]);
                case I64 -> to.setAtIndex(ValueLayout.JAVA_LONG, i, (long) from.data()[i]);
                default -> throw new AssertionError(from.type());
            }
        }
    }

    private static Dense read(MemorySegment from, Graph.Output output) {
        Dense result = Dense.zeros(output.value().type());
        for (int i = 0; i < result.data().length; i++) {
            result.data()[i] = from.getAtIndex(ValueLayout.JAVA_FLOAT, i);
        }
        return result;
    }

    private record NoWeights() implements Weights {
        @Override
        public List<String> names() {
            return List.of();
        }

        @Override
        public Optional<Weight> find(String name) {
            return Optional.empty();
        }

        @Override
        public String source() {
            return "nothing";
        }

        @Override
        public void close() {}
    }
}
