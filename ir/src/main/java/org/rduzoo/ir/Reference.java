package org.rduzoo.ir;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The meaning of a graph: slow, obvious, in float64.
///
/// Each result is rounded to its element type as [DType#round] says, except that `f32` keeps float64's precision:
/// the reference is the exact value, and what an implementation loses by computing in `f32` is its error. So graphs of
/// `f32` are exact up to float64, and `bf16` appears where the graph says so.
public final class Reference {

    private Reference() {}

    /// Runs a graph.
    ///
    /// @param inputs a tensor for each input, parameter and state, by name; others are left alone
    /// @return the outputs by name, in order
    /// @throws IllegalArgumentException when an input is missing or of another type, or when ids or targets are out of
    ///     range
    public static Map<String, Dense> run(Graph graph, Map<String, Dense> inputs) {
        @Nullable Dense[] values = new @Nullable Dense[graph.valueCount()];
        int[] lastUse = lastUses(graph);
        for (Graph.Input input : graph.inputs()) {
            values[input.value().number()] = given(graph, input, inputs.get(input.name()));
        }
        for (int n = 0; n < graph.nodes().size(); n++) {
            Node node = graph.nodes().get(n);
            List<Dense> results;
            try {
                results = evaluate(node.op(), v -> defined(values[v.number()], v));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "%s at \"%s\": %s".formatted(Ops.name(node.op()), node.path(), e.getMessage()), e);
            }
            for (int i = 0; i < results.size(); i++) {
                values[node.results().get(i).number()] = results.get(i);
            }
            for (Value operand : node.operands()) {
                if (lastUse[operand.number()] == n) {
                    values[operand.number()] = null;
                }
            }
        }
        Map<String, Dense> outputs = new LinkedHashMap<>();
        for (Graph.Output output : graph.outputs()) {
            outputs.put(output.name(), defined(values[output.value().number()], output.value()));
        }
        return outputs;
    }

    /// The results of one operation, on the operands that `in` knows.
    public static List<Dense> evaluate(Op op, Function<Value, Dense> in) {
        List<double[]> results = switch (op) {
            case Elementwise e -> List.of(ReferenceElementwise.evaluate(e, in));
            case Layout l -> List.of(ReferenceLayout.evaluate(l, in));
            case Reduction r -> ReferenceRows.evaluate(r, in);
            case Product p -> ReferenceProducts.evaluate(p, in);
            case Convolution c -> List.of(ReferenceWindows.evaluate(c, in));
            case Sampling s -> List.of(ReferenceWindows.evaluate(s, in));
            case Normalization n -> List.of(ReferenceRows.evaluate(n, in));
            case ChannelNorm n -> ReferenceChannels.evaluate(n, in);
            case Lookup l -> List.of(ReferenceLayout.evaluate(l, in));
            case Positional p -> ReferencePositional.evaluate(p, in);
            case ImageGradient g -> List.of(ReferenceImageGradients.evaluate(g, in));
            case Gradient g -> ReferenceGradients.evaluate(g, in);
            case Optimizer o -> ReferenceOptimizers.evaluate(o, in);
        };
        List<Type> types = op.infer();
        List<Dense> rounded = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            rounded.add(rounded(types.get(i), results.get(i)));
        }
        return rounded;
    }

    private static Dense given(Graph graph, Graph.Input input, @Nullable Dense tensor) {
        if (tensor == null) {
            throw new IllegalArgumentException("graph \"%s\" asks for %s \"%s\", %s, which is not given"
                    .formatted(
                            graph.name(),
                            Ops.lower(input.kind()),
                            input.name(),
                            input.value().type()));
        }
        if (!tensor.type().equals(input.value().type())) {
            throw new IllegalArgumentException("graph \"%s\" asks for %s \"%s\" as %s, but %s is given"
                    .formatted(
                            graph.name(),
                            Ops.lower(input.kind()),
                            input.name(),
                            input.value().type(),
                            tensor.type()));
        }
        return rounded(tensor.type(), tensor.data());
    }

    private static Dense defined(@Nullable Dense tensor, Value value) {
        if (tensor == null) {
            throw new IllegalStateException(value + " is used before it is defined: the graph does not verify");
        }
        return tensor;
    }

    private static Dense rounded(Type type, double[] data) {
        DType dtype = type.dtype();
        return new Dense(
                type,
                dtype == DType.F32 || dtype == DType.F64 || dtype == DType.BOOL
                        ? data
                        : Arrays.stream(data).map(dtype::round).toArray());
    }

    /// For each value the node that uses it last; none for outputs.
    private static int[] lastUses(Graph graph) {
        int[] last = new int[graph.valueCount()];
        Arrays.fill(last, -1);
        for (int n = 0; n < graph.nodes().size(); n++) {
            for (Value operand : graph.nodes().get(n).operands()) {
                last[operand.number()] = n;
            }
        }
        graph.outputs().forEach(o -> last[o.value().number()] = -1);
        return last;
    }
}
