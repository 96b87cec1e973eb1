package org.rduzoo.runners.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.cost.FloorPlan;
import org.rduzoo.backend.cost.MemoryPlan;
import org.rduzoo.backend.cost.Prediction;
import org.rduzoo.backend.cost.SectionLayout;
import org.rduzoo.backend.cost.SectionPrediction;
import org.rduzoo.backend.cost.Stage;
import org.rduzoo.backend.json.Json;
import org.rduzoo.backend.section.StageBuffer;
import org.rduzoo.ir.DType;

/// What the page shows of a report, as it reads it: rows of numbers, each text and each cost once.
final class PageData {

    private static final String DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    private PageData() {}

    static SequencedMap<String, Object> of(Report report) {
        Deployment d = report.pef().deployment();
        Arch arch = d.arch();
        FloorPlan.Grid grid = FloorPlan.Grid.of(d);
        SequencedMap<String, Object> data = ReportSummary.setting(report);
        data.put("where", Words.where(d));
        data.put("clock", arch.fabric().clock().value());
        data.put("peak", arch.peak(DType.BF16, d.tiles()));
        data.put("sustained", arch.fabric().sustained().value());
        data.put(
                "memories",
                arch.memories().stream()
                        .map(m -> Json.map(
                                "name", m.name(),
                                "capacity", m.capacity().value(),
                                "stream", m.stream().value() * m.sustained().value()))
                        .toList());
        data.put("pcus", d.pcus());
        data.put("pmus", d.pmus());
        data.put(
                "grid",
                Json.map(
                        "columns", grid.columns(),
                        "rows", grid.rows(),
                        "pcus", sites(grid.pcus()),
                        "pmus", sites(grid.pmus())));
        data.put("parameters", ReportSummary.parameters(arch));
        data.put(
                "graphs",
                report.graphs().stream()
                        .map(g -> graph(g, report.validated(), grid))
                        .toList());
        return data;
    }

    private static List<Object> sites(List<FloorPlan.Site> sites) {
        return sites.stream()
                .map(s -> (Object) List.of(s.column(), s.row(), s.tile()))
                .toList();
    }

    private static SequencedMap<String, Object> graph(Report.GraphCost g, boolean validated, FloorPlan.Grid grid) {
        Prediction p = g.prediction();
        Numbered<String> texts = new Numbered<>();
        Numbered<List<Object>> costs = new Numbered<>();
        List<Object> sections = new ArrayList<>();
        Map<Integer, SectionPrediction> firsts = new LinkedHashMap<>();
        for (SectionPrediction s : p.sections()) {
            firsts.putIfAbsent(s.layout().program(), s);
            sections.add(List.of(
                    texts.of(Report.type(s.section().type())),
                    texts.of(s.path()),
                    g.paths(s).stream().map(texts::of).toList(),
                    texts.of(s.ops()),
                    s.layout().program(),
                    s.runs(),
                    s.start(),
                    costs.of(cost(s))));
        }
        SequencedMap<String, Object> programs = new LinkedHashMap<>();
        firsts.forEach((number, s) -> programs.put(number.toString(), program(g, s, texts, grid)));
        List<Object> regions = new ArrayList<>();
        for (MemoryPlan.Region r : p.memory().regions()) {
            regions.add(List.of(
                    texts.of(r.level()),
                    r.address(),
                    r.bytes(),
                    texts.of(r.role().text()),
                    texts.of(r.name()),
                    r.firstSection(),
                    r.lastSection(),
                    r.moved()));
        }
        SequencedMap<String, Object> data = ReportSummary.graph(g, validated);
        data.put("pass_s", p.passSeconds());
        data.put("section_rows", sections);
        data.put("costs", costs.all());
        data.put("program_plans", programs);
        data.put("regions", regions);
        data.put("texts", texts.all());
        return data;
    }

    /// In the order in which `core.js` names them.
    private static List<Object> cost(SectionPrediction s) {
        return List.of(
                s.time().launch(),
                s.time().programLoad(),
                s.time().argumentLoad(),
                s.time().edges(),
                s.time().execution(),
                s.time().peer(),
                s.time().seconds(),
                s.busy().pipeline(),
                s.busy().slowest().pmu(),
                s.busy().mesh(),
                s.busy().hbm(),
                s.busy().ddr(),
                s.busy().peer(),
                s.traffic().hbm(),
                s.traffic().ddr(),
                s.traffic().weights(),
                s.traffic().peer(),
                s.flops(),
                s.bound().text());
    }

    /// A program as its first section runs it.
    private static SequencedMap<String, Object> program(
            Report.GraphCost g, SectionPrediction s, Numbered<String> texts, FloorPlan.Grid grid) {
        SectionLayout layout = s.layout();
        FloorPlan plan = FloorPlan.of(layout, g.prediction().deployment());
        List<SectionLayout.Span> spans = layout.spans();
        double clock = g.prediction().deployment().arch().fabric().clock().value();
        List<Object> stages = new ArrayList<>();
        for (Stage t : layout.stages()) {
            stages.add(List.of(
                    texts.of(t.op()),
                    texts.of(g.path(s, t.place())),
                    t.depth(),
                    t.times().seconds() * clock,
                    t.times().bound().text(),
                    t.critical(),
                    begin(plan.pcus().get(t.id()), grid.pcus()),
                    plan.pcus().get(t.id()).size(),
                    spans.get(t.id()).start(),
                    spans.get(t.id()).end()));
        }
        List<Object> buffers = new ArrayList<>();
        for (int i = 0; i < layout.buffers().size(); i++) {
            StageBuffer b = layout.buffers().get(i);
            buffers.add(List.of(
                    b.producer(),
                    b.consumers(),
                    b.tileBytes(),
                    b.depth(),
                    b.stays(),
                    b.valueBytes(),
                    begin(plan.pmus().get(i), grid.pmus()),
                    plan.pmus().get(i).size()));
        }
        return Json.map(
                "tiles", layout.tiles(),
                "pcus", layout.pcus(),
                "pmus", layout.pmus(),
                "stages", stages,
                "buffers", buffers,
                "busiest", plan.busiestLink(),
                "links", links(plan));
    }

    private static int begin(List<FloorPlan.Site> sites, List<FloorPlan.Site> line) {
        return sites.isEmpty() ? 0 : line.indexOf(sites.getFirst());
    }

    /// Two digits a field, of the links to the right and down, both ways: 0 to 63, where 63 is the busiest.
    private static String links(FloorPlan plan) {
        char[] digits = new char[2 * plan.columns() * plan.rows()];
        Arrays.fill(digits, DIGITS.charAt(0));
        long busiest = plan.busiestLink();
        for (FloorPlan.Link l : plan.links()) {
            int column = Math.min(l.fromColumn(), l.toColumn());
            int row = Math.min(l.fromRow(), l.toRow());
            int at = 2 * (row * plan.columns() + column) + (l.fromRow() == l.toRow() ? 0 : 1);
            char digit = DIGITS.charAt((int) Math.ceil(63.0 * l.bytes() / Math.max(1, busiest)));
            if (DIGITS.indexOf(digit) > DIGITS.indexOf(digits[at])) {
                digits[at] = digit;
            }
        }
        return new String(digits);
    }

    /// Things that occur often, by their number.
    private static final class Numbered<T> {
        private final Map<T, Integer> numbers = new HashMap<>();
        private final List<T> all = new ArrayList<>();

        int of(T thing) {
            return numbers.computeIfAbsent(thing, t -> {
                all.add(t);
                return all.size() - 1;
            });
        }

        List<T> all() {
            return all;
        }
    }
}
