package org.rduzoo.backend.pef;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.rduzoo.backend.section.Section;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Ops;

/// The sections of a PEF, graph after graph, in the order in which they run.
public record PefSections(List<SectionRow> sections) {

    /// One section.
    ///
    /// @param id within its graph
    /// @param type `fwd`, `bckwd`, `reduce`, `gradnorm` or `opt`
    /// @param path what the model paths of its nodes begin with
    /// @param ops how often each operation occurs, in the order of first occurrence: `linear x3, attention`
    /// @param bytesIn read from memory, weights apart
    /// @param weights bytes of parameters read
    /// @param streamed whether it is an operation that does not fit and passes through in pieces
    public record SectionRow(
            String graph,
            int id,
            String type,
            int program,
            String path,
            String ops,
            int nodes,
            int pcus,
            int pmus,
            long pmuBytes,
            long flops,
            long bytesIn,
            long bytesOut,
            long weights,
            boolean streamed)
            implements Row {}

    public PefSections {
        sections = List.copyOf(sections);
    }

    public static PefSections of(Pef pef) {
        List<SectionRow> rows = new ArrayList<>();
        for (Pef.Entry e : pef.entries()) {
            for (Section s : e.plan().sections()) {
                List<Node> nodes =
                        s.nodes().stream().map(e.graph().nodes()::get).toList();
                rows.add(new SectionRow(
                        e.graph().name(),
                        s.id(),
                        s.type().name().toLowerCase(Locale.ROOT),
                        s.program(),
                        commonPath(nodes.stream().map(Node::path).toList()),
                        ops(nodes),
                        nodes.size(),
                        s.pcus(),
                        s.pmus(),
                        s.pmuBytes(),
                        s.flops(),
                        s.bytesIn(),
                        s.bytesOut(),
                        s.weightBytes(),
                        s.streamed()));
            }
        }
        return new PefSections(rows);
    }

    /// What all paths but the empty ones begin with, in whole steps: `model.layers.3` of `model.layers.3.mlp` and
    /// `model.layers.3.self_attn`.
    static String commonPath(List<String> paths) {
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

    private static String ops(List<Node> nodes) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        nodes.forEach(n -> counts.merge(Ops.name(n.op()), 1, Integer::sum));
        return counts.entrySet().stream()
                .map(e -> e.getValue() == 1 ? e.getKey() : e.getKey() + " x" + e.getValue())
                .collect(Collectors.joining(", "));
    }
}
