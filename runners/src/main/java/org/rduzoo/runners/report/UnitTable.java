package org.rduzoo.runners.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.cost.FloorPlan;
import org.rduzoo.backend.cost.MemoryPlan;
import org.rduzoo.backend.cost.Prediction;
import org.rduzoo.backend.cost.SectionPrediction;
import org.rduzoo.backend.pef.Row;
import org.rduzoo.backend.section.StageBuffer;

/// `pmu_bandwidth.csv`, `links.csv` and `memory_map.csv`.
final class UnitTable {

    private UnitTable() {}

    /// What goes through the memory units of a buffer in one run of a section.
    ///
    /// @param producer the stage that fills it; -1 if it comes from memory
    /// @param consumers the stages that read it
    /// @param modelPath of the stage that fills it, else of the first that reads it
    /// @param tileBytes of one tile; of what stays, all of it
    /// @param depth tiles that it holds
    /// @param writtenBytesPerS while the section executes
    /// @param readBytes all readers together, the memory off the chip among them: factors of products several times
    /// @param utilisation of the two, the larger share of what these units can pass on
    public record PmuRow(
            String graph,
            int sectionId,
            int bufferId,
            int producer,
            String consumers,
            String modelPath,
            int pmus,
            long tileBytes,
            int depth,
            boolean stays,
            long writtenBytes,
            long readBytes,
            double writtenBytesPerS,
            double readBytesPerS,
            double utilisation)
            implements Row {}

    /// What goes over a link of the mesh in one run of a program.
    public record LinkRow(String graph, int program, int fromColumn, int fromRow, int toColumn, int toRow, long bytes)
            implements Row {}

    /// A value in memory.
    ///
    /// @param firstSection that makes or reads it
    /// @param lastSection that reads it
    /// @param movedBytes to and from it in one run of each section
    public record MemoryRow(
            String graph,
            String level,
            long address,
            long bytes,
            String role,
            String name,
            int firstSection,
            int lastSection,
            double startS,
            double endS,
            long movedBytes)
            implements Row {}

    static List<PmuRow> pmus(Report report) {
        List<PmuRow> rows = new ArrayList<>();
        for (Report.GraphCost g : report.graphs()) {
            Arch arch = g.prediction().deployment().arch();
            double each = arch.pmu().bytesPerCycle().value()
                    / arch.pmu().bankConflict().value()
                    * arch.fabric().clock().value();
            for (SectionPrediction s : g.prediction().sections()) {
                for (int i = 0; i < s.layout().buffers().size(); i++) {
                    rows.add(pmu(g, s, i, each));
                }
            }
        }
        return rows;
    }

    /// @param each bytes a second that a unit can read, and as many that it can write
    private static PmuRow pmu(Report.GraphCost g, SectionPrediction s, int id, double each) {
        StageBuffer b = s.layout().buffers().get(id);
        int stage = b.producer() >= 0 || b.consumers().isEmpty()
                ? b.producer()
                : b.consumers().getFirst();
        double seconds = s.time().edges() + s.time().execution();
        long read = b.readBytes();
        double written = seconds == 0 ? 0 : b.valueBytes() / seconds;
        double reading = seconds == 0 ? 0 : read / seconds;
        return new PmuRow(
                g.name(),
                s.section().id(),
                id,
                b.producer(),
                b.consumers().stream().map(String::valueOf).collect(Collectors.joining(" ")),
                stage < 0 ? s.path() : g.path(s, s.layout().stages().get(stage).place()),
                b.pmus(),
                b.tileBytes(),
                b.depth(),
                b.stays(),
                b.valueBytes(),
                read,
                written,
                reading,
                Math.max(written, reading) / (b.pmus() * each));
    }

    static List<LinkRow> links(Report report) {
        List<LinkRow> rows = new ArrayList<>();
        for (Report.GraphCost g : report.graphs()) {
            g.prediction().layouts().forEach((program, layout) -> {
                FloorPlan plan = FloorPlan.of(layout, g.prediction().deployment());
                plan.links()
                        .forEach(l -> rows.add(new LinkRow(
                                g.name(), program, l.fromColumn(), l.fromRow(), l.toColumn(), l.toRow(), l.bytes())));
            });
        }
        return rows;
    }

    static List<MemoryRow> memory(Report report) {
        List<MemoryRow> rows = new ArrayList<>();
        for (Report.GraphCost g : report.graphs()) {
            Prediction p = g.prediction();
            for (MemoryPlan.Region r : p.memory().regions()) {
                rows.add(new MemoryRow(
                        g.name(),
                        r.level(),
                        r.address(),
                        r.bytes(),
                        r.role().text(),
                        r.name(),
                        r.firstSection(),
                        r.lastSection(),
                        p.sections().get(r.firstSection()).start(),
                        p.end(p.sections().get(r.lastSection())),
                        r.moved()));
            }
        }
        return rows;
    }
}
