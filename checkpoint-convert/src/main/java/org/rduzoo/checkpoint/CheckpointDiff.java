package org.rduzoo.checkpoint;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rduzoo.checkpoint.tensor.Elements;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.Weights.Weight;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `rdu checkpoint diff`: how the checkpoint `left` differs from `right`, which is the reference.
///
/// @param onlyLeft tensors that `right` lacks
/// @param onlyRight tensors that `left` lacks
/// @param types tensors whose shape or element type differ
/// @param values tensors of one shape whose numbers differ, the largest relative difference first
/// @param config keys of `config.json` that differ, both spellings taken for one
/// @param equal how many tensors have the same numbers
public record CheckpointDiff(
        Path left,
        Path right,
        List<String> onlyLeft,
        List<String> onlyRight,
        List<TypeChange> types,
        List<ValueChange> values,
        List<ConfigChange> config,
        int equal) {

    private static final int BLOCK = 8192;

    /// A tensor that is not of the same type; where its shape is the same, its numbers are compared all the same.
    public record TypeChange(String name, Type left, Type right) {}

    /// A tensor whose numbers differ.
    ///
    /// @param elements how many of them
    /// @param maxAbs the largest difference; infinite where one side is not a number
    /// @param relative `maxAbs` over the largest magnitude in `right`
    public record ValueChange(String name, long elements, double maxAbs, double relative) {}

    /// A key of the config; a side that lacks it has the empty text.
    public record ConfigChange(String key, String left, String right) {}

    /// Whether nothing differs.
    public boolean isEmpty() {
        return onlyLeft.isEmpty() && onlyRight.isEmpty() && types.isEmpty() && values.isEmpty() && config.isEmpty();
    }

    /// Compares two checkpoints of any format, each a folder or file that [Checkpoint#open] takes.
    public static CheckpointDiff of(Path left, Path right) {
        try (Checkpoint a = Checkpoint.openWithoutConfig(left);
                Checkpoint b = Checkpoint.openWithoutConfig(right)) {
            Set<String> rightNames = new LinkedHashSet<>(b.weights().names());
            List<String> both = new ArrayList<>();
            List<String> onlyLeft = new ArrayList<>();
            for (String name : a.weights().names()) {
                (rightNames.remove(name) ? both : onlyLeft).add(name);
            }
            List<TypeChange> types = new ArrayList<>();
            List<ValueChange> values = new ArrayList<>();
            int equal = compare(a.weights(), b.weights(), both, types, values);
            values.sort((x, y) -> Double.compare(y.relative(), x.relative()));
            return new CheckpointDiff(
                    left, right, onlyLeft, List.copyOf(rightNames), types, values, configs(a, b), equal);
        }
    }

    private static int compare(
            Weights a, Weights b, List<String> names, List<TypeChange> types, List<ValueChange> values) {
        int equal = 0;
        for (String name : names) {
            Weight x = a.find(name).orElseThrow();
            Weight y = b.find(name).orElseThrow();
            if (!x.type().equals(y.type())) {
                types.add(new TypeChange(name, x.type(), y.type()));
            }
            if (x.type().shape().equals(y.type().shape())) {
                ValueChange change = compare(x, y);
                if (change.elements() == 0) {
                    equal++;
                } else {
                    values.add(change);
                }
            }
        }
        return equal;
    }

    private static ValueChange compare(Weight x, Weight y) {
        MemorySegment left = x.segment();
        MemorySegment right = y.segment();
        boolean sameType = x.type().equals(y.type());
        if (sameType && left.mismatch(right) < 0) {
            return new ValueChange(x.name(), 0, 0, 0);
        }
        double[] a = new double[BLOCK];
        double[] b = new double[BLOCK];
        long differ = 0;
        double maxAbs = 0;
        double largest = 0;
        DType leftType = x.type().dtype();
        DType rightType = y.type().dtype();
        for (long at = 0; at < x.type().elements(); at += BLOCK) {
            int n = (int) Math.min(BLOCK, x.type().elements() - at);
            Elements.read(left, leftType, at, n, a);
            Elements.read(right, rightType, at, n, b);
            for (int i = 0; i < n; i++) {
                largest = Math.max(largest, Double.isFinite(b[i]) ? Math.abs(b[i]) : 0);
                // Equal infinities and equal NaNs are no difference; zeros of either sign are equal.
                if (a[i] != b[i] && !(Double.isNaN(a[i]) && Double.isNaN(b[i]))) {
                    double difference = Math.abs(a[i] - b[i]);
                    differ++;
                    maxAbs = Math.max(maxAbs, Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference);
                }
            }
        }
        double relative = maxAbs == 0 ? 0 : largest == 0 ? Double.POSITIVE_INFINITY : maxAbs / largest;
        return new ValueChange(x.name(), differ, maxAbs, relative);
    }

    private static List<ConfigChange> configs(Checkpoint a, Checkpoint b) {
        if (a.config().isEmpty() || b.config().isEmpty()) {
            return List.of();
        }
        ObjectNode left = ConfigSpelling.modern(a.config());
        ObjectNode right = ConfigSpelling.modern(b.config());
        Set<String> keys = new LinkedHashSet<>(left.propertyNames());
        keys.addAll(right.propertyNames());
        List<ConfigChange> changes = new ArrayList<>();
        for (String key : keys) {
            String x = text(left.get(key));
            String y = text(right.get(key));
            // Objects are equal in whatever order their keys are.
            if (!x.equals(y) && !Objects.equals(left.get(key), right.get(key))) {
                changes.add(new ConfigChange(key, x, y));
            }
        }
        return changes;
    }

    private static String text(@Nullable JsonNode value) {
        return value == null ? "" : value.toString();
    }
}
