package org.rduzoo.backend.section;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Ops;

/// What people call a section: the path that its nodes share, and its operations.
public final class SectionLabel {

    private SectionLabel() {}

    /// What all paths but the empty ones begin with, in whole steps: `model.layers.3` of `model.layers.3.mlp` and
    /// `model.layers.3.self_attn`.
    public static String commonPath(List<String> paths) {
        List<String> common = List.of();
        boolean first = true;
        for (String path : paths) {
            if (path.isEmpty()) {
                continue;
            }
            List<String> steps = List.of(path.split("\\.", -1));
            if (first) {
                common = steps;
                first = false;
            }
            int same = 0;
            while (same < Math.min(common.size(), steps.size())
                    && common.get(same).equals(steps.get(same))) {
                same++;
            }
            common = common.subList(0, same);
        }
        return String.join(".", common);
    }

    /// How often each operation occurs, in the order of first occurrence: `linear x3, attention`.
    public static String ops(List<Node> nodes) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        nodes.forEach(n -> counts.merge(Ops.name(n.op()), 1, Integer::sum));
        return counts.entrySet().stream()
                .map(e -> e.getValue() == 1 ? e.getKey() : e.getKey() + " x" + e.getValue())
                .collect(Collectors.joining(", "));
    }
}
