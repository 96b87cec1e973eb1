package org.rduzoo.backend.pef;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.rduzoo.backend.section.Section;
import org.rduzoo.backend.section.SectionLabel;
import org.rduzoo.ir.Node;

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
                        SectionLabel.commonPath(nodes.stream().map(Node::path).toList()),
                        SectionLabel.ops(nodes),
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
}
