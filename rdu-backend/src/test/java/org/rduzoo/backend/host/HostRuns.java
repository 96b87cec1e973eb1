package org.rduzoo.backend.host;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.rduzoo.backend.CompileRequest;
import org.rduzoo.backend.RduCompiler;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Rewriter;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.pass.PrecisionOptions;
import org.rduzoo.samba.Weights;

/// Compiles graphs and runs them on this machine, with tensors of the reference interpreter.
final class HostRuns {

    private HostRuns() {}

    static Pef compile(DType precision, Graph... graphs) {
        Arch arch = Arch.of("sn40");
        return RduCompiler.compile(new CompileRequest(
                "test",
                List.of(graphs),
                arch,
                arch.tiles(),
                OptLevel.O3,
                PrecisionOptions.DEFAULTS.withDType(precision),
                Map.of(),
                "{}",
                Optional.empty()));
    }

    /// The graph with its inputs numbered before its nodes.
    static Graph numbered(Graph graph) {
        Rewriter rewriter = new Rewriter(graph);
        graph.nodes().forEach(rewriter::copy);
        return rewriter.finish();
    }

    /// Runs a graph once. States that `inputs` names are written before.
    static Map<String, Dense> run(HostGraph graph, Map<String, Dense> inputs) {
        for (Graph.Input input : graph.graph().inputs()) {
            Dense value = inputs.get(input.name());
            if (value != null && input.kind() != Graph.Kind.PARAMETER) {
                write(value, graph.input(input.name()));
            }
        }
        graph.run();
        Map<String, Dense> outputs = new LinkedHashMap<>();
        graph.graph()
                .outputs()
                .forEach(o -> outputs.put(
                        o.name(), read(graph.output(o.name()), o.value().type())));
        return outputs;
    }

    static void write(Dense from, MemorySegment to) {
        for (int i = 0; i < from.data().length; i++) {
            switch (from.type().dtype()) {
                case F32 -> to.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, (float) from.data()[i]);
                case BF16 ->
                    to.setAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, i, HostWeights.toBf16((float) from.data()[i]));
                case I64 -> to.setAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i, (long) from.data()[i]);
                default -> throw new AssertionError(from.type());
            }
        }
    }

    static Dense read(MemorySegment from, Type type) {
        Dense result = Dense.zeros(type);
        for (int i = 0; i < result.data().length; i++) {
            result.data()[i] = switch (type.dtype()) {
                case F32 -> from.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                case BF16 -> Float.intBitsToFloat(from.getAtIndex(ValueLayout.JAVA_SHORT, i) << 16);
                case I64 -> from.getAtIndex(ValueLayout.JAVA_LONG, i);
                default -> throw new AssertionError(type);
            };
        }
        return result;
    }

    /// Numbers of a normal distribution times `scale` that each of `f32` and `bf16` holds.
    static Dense random(Random random, DType dtype, double scale, int... dims) {
        Dense dense = Dense.zeros(Type.of(dtype, dims));
        for (int i = 0; i < dense.data().length; i++) {
            dense.data()[i] = DType.BF16.round(random.nextGaussian() * scale);
        }
        return dense;
    }

    static Dense integers(long... values) {
        Dense dense = Dense.zeros(Type.of(DType.I64, values.length));
        for (int i = 0; i < values.length; i++) {
            dense.data()[i] = values[i];
        }
        return dense;
    }

    /// A checkpoint in memory.
    ///
    /// @param stored `f32` or `bf16`
    record Tensors(Map<String, Dense> tensors, DType stored) implements Weights {

        /// A checkpoint of `f32`.
        Tensors(Map<String, Dense> tensors) {
            this(tensors, DType.F32);
        }

        @Override
        public List<String> names() {
            return List.copyOf(tensors.keySet());
        }

        @Override
        public Optional<Weight> find(String name) {
            return Optional.ofNullable(tensors.get(name)).map(t -> {
                Type type = new Type(stored, t.shape());
                byte[] data = new byte[(int) type.bytes()];
                write(new Dense(type, t.data()), MemorySegment.ofArray(data));
                return new Weight(name, type, source(), () -> MemorySegment.ofArray(data));
            });
        }

        @Override
        public String source() {
            return "memory";
        }

        @Override
        public void close() {}
    }
}
