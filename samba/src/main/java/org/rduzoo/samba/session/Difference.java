package org.rduzoo.samba.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Reference;
import org.rduzoo.samba.SambaTensor;

/// How far an output is from the reference interpreter's.
///
/// @param maxAbs the greatest difference
/// @param relative the same, as a part of the greatest number
/// @param tolerance of `relative`
public record Difference(String name, double maxAbs, double relative, double tolerance) {

    private static final double FP32_TOLERANCE = 1e-4;
    private static final double BF16_TOLERANCE = 0x1p-6;

    public boolean ok() {
        return relative <= tolerance;
    }

    /// @param found the outputs as they were computed, by name
    static List<Difference> all(Graph graph, Map<String, Dense> given, Function<String, SambaTensor> found) {
        boolean bf16 = graph.nodes().stream().flatMap(n -> n.results().stream()).anyMatch(v -> v.dtype() == DType.BF16);
        Map<String, Dense> expected = Reference.run(graph, given);
        List<Difference> differences = new ArrayList<>();
        for (Graph.Output output : graph.outputs()) {
            double[] right = Objects.requireNonNull(expected.get(output.name())).data();
            differences.add(
                    of(output.name(), right, found.apply(output.name()), bf16 ? BF16_TOLERANCE : FP32_TOLERANCE));
        }
        if (!differences.stream().allMatch(Difference::ok)) {
            throw new Mismatch(differences);
        }
        return differences;
    }

    private static Difference of(String name, double[] expected, SambaTensor found, double tolerance) {
        double largest = 0;
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = Math.abs(found.get(i) - expected[i]);
            largest = Math.max(largest, Math.abs(expected[i]));
            worst = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(worst, difference);
        }
        return new Difference(name, worst, largest == 0 ? worst : worst / largest, tolerance);
    }

    static Dense dense(SambaTensor tensor) {
        double[] data = new double[Math.toIntExact(tensor.elements())];
        for (int i = 0; i < data.length; i++) {
            data[i] = tensor.get(i);
        }
        return new Dense(tensor.type(), data);
    }

    @Override
    public String toString() {
        return "%s: max_abs %.3g, relative %.3g, tolerance %.3g%s"
                .formatted(name, maxAbs, relative, tolerance, ok() ? "" : " EXCEEDED");
    }
}
