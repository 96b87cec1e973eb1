package org.rduzoo.backend.pef;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.rduzoo.backend.section.Section;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Type;

/// What is in a PEF, at a glance.
///
/// @param checksum SHA-256 of the content: equal PEFs have equal ones
/// @param bytes of the file
/// @param parameters how many
/// @param parameterBytes of all of them, each counted once however many graphs read it
public record PefInfo(
        Compilation compilation,
        int format,
        String checksum,
        long bytes,
        int parameters,
        long parameterBytes,
        List<GraphRow> graphs,
        List<TensorRow> tensors) {

    /// One graph.
    ///
    /// @param pcus of the section that uses most
    /// @param pmus of the section that uses most
    /// @param flops of one run
    /// @param traffic bytes between chip and memory in one run
    public record GraphRow(
            String graph, int nodes, int sections, int programs, int pcus, int pmus, long flops, long traffic)
            implements Row {}

    /// One tensor that a graph takes or yields, parameters left out.
    ///
    /// @param role `input`, `state` or `output`
    /// @param replaces the state or parameter that an output takes the place of, else empty
    public record TensorRow(String graph, String role, String name, String type, String replaces) implements Row {}

    public PefInfo {
        graphs = List.copyOf(graphs);
        tensors = List.copyOf(tensors);
    }

    public static PefInfo of(Pef pef) {
        byte[] content = PefFormat.content(pef);
        List<GraphRow> graphs = new ArrayList<>();
        List<TensorRow> tensors = new ArrayList<>();
        for (Pef.Entry e : pef.entries()) {
            List<Section> sections = e.plan().sections();
            graphs.add(new GraphRow(
                    e.graph().name(),
                    e.graph().nodes().size(),
                    sections.size(),
                    e.plan().programs(),
                    sections.stream().mapToInt(Section::pcus).max().orElse(0),
                    sections.stream().mapToInt(Section::pmus).max().orElse(0),
                    e.plan().flops(),
                    e.plan().traffic()));
            tensors.addAll(tensors(e.graph()));
        }
        List<Type> parameters =
                pef.parameters().stream().map(Pef.Parameter::type).toList();
        return new PefInfo(
                pef.compilation(),
                PefFormat.VERSION,
                HexFormat.of().formatHex(PefFormat.sha256(content)),
                PefFormat.HEADER_BYTES + (long) content.length,
                parameters.size(),
                parameters.stream().mapToLong(Type::bytes).sum(),
                graphs,
                tensors);
    }

    private static List<TensorRow> tensors(Graph graph) {
        List<TensorRow> rows = new ArrayList<>();
        Map<Graph.Kind, String> roles = Map.of(Graph.Kind.INPUT, "input", Graph.Kind.STATE, "state");
        for (Graph.Input i : graph.inputs()) {
            String role = roles.get(i.kind());
            if (role != null) {
                rows.add(new TensorRow(
                        graph.name(), role, i.name(), i.value().type().toString(), ""));
            }
        }
        for (Graph.Output o : graph.outputs()) {
            String type = o.value().type().toString();
            rows.add(new TensorRow(
                    graph.name(), "output", o.name(), type, o.alias().orElse("")));
        }
        return rows;
    }

    /// What is true of the whole file, by name.
    public SequencedMap<String, String> facts() {
        return PefFacts.of(this);
    }
}
