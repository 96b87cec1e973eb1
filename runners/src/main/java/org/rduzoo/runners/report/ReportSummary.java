package org.rduzoo.runners.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.arch.Quantity;
import org.rduzoo.backend.cost.Parameter;
import org.rduzoo.backend.cost.Prediction;
import org.rduzoo.backend.cost.SectionTime;
import org.rduzoo.backend.cost.Traffic;
import org.rduzoo.backend.json.Json;
import org.rduzoo.backend.pef.Compilation;

/// `summary.json`: each graph at a glance, and the numbers of the chip that it rests on.
final class ReportSummary {

    private ReportSummary() {}

    static SequencedMap<String, Object> of(Report report) {
        SequencedMap<String, Object> summary = setting(report);
        summary.put("predicted", report.predicted());
        summary.put(
                "graphs",
                report.graphs().stream().map(g -> graph(g, report.validated())).toList());
        summary.put("parameters", parameters(report.pef().arch()));
        return summary;
    }

    /// What the PEF was compiled from and for.
    static SequencedMap<String, Object> setting(Report report) {
        Compilation c = report.pef().compilation();
        Deployment d = report.pef().deployment();
        return Json.map(
                "pef", report.name(),
                "model", c.model(),
                "arch", c.arch(),
                "chip", d.arch().name(),
                "num_tiles", d.tiles(),
                "n_chips", d.chips(),
                "tensor_parallel", d.parallel().text(),
                "level", c.level().text(),
                "validated", report.validated(),
                "arguments", c.arguments());
    }

    static SequencedMap<String, Object> graph(Report.GraphCost g, boolean validated) {
        Prediction p = g.prediction();
        SequencedMap<String, Object> bounds = new LinkedHashMap<>();
        p.secondsByBound().forEach((bound, seconds) -> bounds.put(bound.text(), seconds));
        Traffic t = p.traffic();
        List<Object> memory = new ArrayList<>();
        p.memory()
                .levels()
                .forEach((name, level) ->
                        memory.add(Json.map("level", name, "capacity", level.capacity(), "peak", level.peak())));
        return Json.map(
                "graph", g.name(),
                "words", Words.of(g, validated),
                "seconds", p.seconds(),
                "low_s", p.lowSeconds(),
                "high_s", p.highSeconds(),
                "components", components(p),
                "seconds_by_bound", bounds,
                "bound_by", p.bound().text(),
                "sections", p.sections().size(),
                "programs", p.layouts().size(),
                "passes", p.passes(),
                "flops", p.flops(),
                "utilisation", p.utilisation(),
                "pcu_share", p.pcuShare(),
                "bytes",
                        Json.map(
                                "hbm_read", t.hbmRead(),
                                "hbm_written", t.hbmWritten(),
                                "ddr_read", t.ddrRead(),
                                "ddr_written", t.ddrWritten(),
                                "weights", t.weights(),
                                "peer", t.peer()),
                "memory", memory);
    }

    /// Parts that add up to all of a run.
    static SequencedMap<String, Object> components(Prediction p) {
        SectionTime time = p.time();
        return Json.map(
                "host_s", p.host(),
                "launch_s", time.launch(),
                "program_load_s", time.programLoad(),
                "argument_load_s", time.argumentLoad(),
                "edges_s", time.edges(),
                "execution_s", time.execution(),
                "peer_wait_s", time.peer());
    }

    /// The numbers that the model rests on, each with its range and where it comes from.
    static List<SequencedMap<String, Object>> parameters(Arch arch) {
        List<SequencedMap<String, Object>> rows = new ArrayList<>();
        for (Parameter p : Parameter.values()) {
            if (p.concerns(arch)) {
                Quantity q = p.of(arch);
                rows.add(Json.map(
                        "name", p.text(),
                        "value", q.value(),
                        "low", q.low(),
                        "high", q.high(),
                        "unit", q.unit(),
                        "source", q.source(),
                        "note", q.note()));
            }
        }
        return rows;
    }
}
