package org.rduzoo.runners.report;

import java.util.ArrayList;
import java.util.List;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.cost.Busy;
import org.rduzoo.backend.cost.SectionPrediction;
import org.rduzoo.backend.cost.SectionTime;
import org.rduzoo.backend.cost.Stage;
import org.rduzoo.backend.cost.Traffic;
import org.rduzoo.backend.pef.Row;

/// `section_report.csv` and `stage_report.csv`.
final class SectionTable {

    private SectionTable() {}

    /// A section. All but `runs` and `total_s` are of one run, on one chip.
    ///
    /// @param chipId the chips that run it, as in `0-7`: all do the same
    /// @param partitionId the parts of the graph that they have
    /// @param modelPath that all of its operations share
    /// @param label the first and the last model path of its operations
    /// @param tiles of the chip in use
    /// @param launchS to `peerWaitS` follow each other and add up to `latencyS`
    /// @param pipelineBusyS to `peerBusyS` happen at the same time: the longest of them is `executionS`
    /// @param pmuBusyS of the pipeline, its busiest memory units; `meshBusyS` its busiest link
    /// @param totalS of all runs; with the host's, those of a graph add up to its time
    public record SectionRow(
            String graph,
            int sectionId,
            String chipId,
            String partitionId,
            String type,
            String modelPath,
            String label,
            String ops,
            int program,
            int runs,
            int tiles,
            int pcuCount,
            double pcuPercent,
            int pmuCount,
            double pmuPercent,
            long flops,
            long hbmReadBytes,
            long hbmWrittenBytes,
            long ddrReadBytes,
            long ddrWrittenBytes,
            long weightBytes,
            long peerBytes,
            double startS,
            double launchS,
            double programLoadS,
            double argumentLoadS,
            double edgesS,
            double executionS,
            double peerWaitS,
            double latencyS,
            double totalS,
            double pipelineBusyS,
            double pmuBusyS,
            double meshBusyS,
            double hbmBusyS,
            double ddrBusyS,
            double peerBusyS,
            double latencyCycles,
            double throughputPerS,
            double tflops,
            double intensity,
            String boundBy)
            implements Row {}

    /// A stage of a section.
    ///
    /// @param parallelism PCUs that share its work
    /// @param cycles for all tiles of a run: the most of the three that follow, which happen at the same time
    /// @param boundBy which of them it is
    /// @param critical whether no stage of the section takes longer
    public record StageRow(
            String graph,
            int sectionId,
            int stageDepth,
            int stageId,
            String op,
            String modelPath,
            int parallelism,
            double cycles,
            double computeCycles,
            double pmuCycles,
            double meshCycles,
            String boundBy,
            boolean critical)
            implements Row {}

    static List<SectionRow> sections(Report report) {
        List<SectionRow> rows = new ArrayList<>();
        for (Report.GraphCost g : report.graphs()) {
            Deployment deployment = g.prediction().deployment();
            for (SectionPrediction s : g.prediction().sections()) {
                rows.add(row(g, s, deployment));
            }
        }
        return rows;
    }

    private static SectionRow row(Report.GraphCost g, SectionPrediction s, Deployment deployment) {
        SectionTime time = s.time();
        Busy busy = s.busy();
        Traffic traffic = s.traffic();
        String chips = deployment.chips() == 1 ? "0" : "0-" + (deployment.chips() - 1);
        return new SectionRow(
                g.name(),
                s.section().id(),
                chips,
                chips,
                Report.type(s.section().type()),
                s.path(),
                g.label(s),
                s.ops(),
                s.layout().program(),
                s.runs(),
                deployment.tiles(),
                s.layout().pcus(),
                100.0 * s.layout().pcus() / deployment.pcus(),
                s.layout().pmus(),
                100.0 * s.layout().pmus() / deployment.pmus(),
                s.flops(),
                traffic.hbmRead(),
                traffic.hbmWritten(),
                traffic.ddrRead(),
                traffic.ddrWritten(),
                traffic.weights(),
                traffic.peer(),
                s.start(),
                time.launch(),
                time.programLoad(),
                time.argumentLoad(),
                time.edges(),
                time.execution(),
                time.peer(),
                time.seconds(),
                s.seconds(),
                busy.pipeline(),
                busy.slowest().pmu(),
                busy.mesh(),
                busy.hbm(),
                busy.ddr(),
                busy.peer(),
                time.seconds() * deployment.arch().fabric().clock().value(),
                1 / time.seconds(),
                s.flops() / time.seconds() / 1e12,
                s.intensity(),
                s.bound().text());
    }

    static List<StageRow> stages(Report report) {
        List<StageRow> rows = new ArrayList<>();
        double clock = report.pef().arch().fabric().clock().value();
        for (Report.GraphCost g : report.graphs()) {
            for (SectionPrediction s : g.prediction().sections()) {
                for (Stage t : s.layout().stages()) {
                    rows.add(new StageRow(
                            g.name(),
                            s.section().id(),
                            t.depth(),
                            t.id(),
                            t.op(),
                            g.path(s, t.place()),
                            t.pcus(),
                            t.times().seconds() * clock,
                            t.times().compute() * clock,
                            t.times().pmu() * clock,
                            t.times().mesh() * clock,
                            t.times().bound().text(),
                            t.critical()));
                }
            }
        }
        return rows;
    }
}
