package org.rduzoo.runners.report;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.rduzoo.backend.cost.Prediction;
import org.rduzoo.backend.cost.SectionLayout;
import org.rduzoo.backend.cost.SectionPrediction;
import org.rduzoo.backend.cost.SectionTime;
import org.rduzoo.backend.cost.Stage;
import org.rduzoo.backend.json.Json;

/// `trace.json` in Chrome's trace format, which Perfetto opens: a process for each graph, with tracks for the host,
/// launches, the tiles, memories, other chips and, of the first pass, each stage.
///
/// A slice of a memory, of other chips or of a stage lasts as long as that part is at work: they wait for the slowest
/// of them until the section ends.
final class TraceEvents {

    /// Of micro-batches, so many section runs are shown at most; what is left out is one slice.
    private static final int MOST_RUNS = 20_000;

    private final StringBuilder text = new StringBuilder();
    private int process;

    /// Numbered from 1: Perfetto takes thread 0 for the idle one.
    private enum Track {
        HOST(1, "host"),
        LAUNCH(2, "launch"),
        TILES(3, "tiles"),
        HBM(4, "HBM"),
        DDR(5, "DDR"),
        PEER(6, "P2P"),
        STAGES(7, "stage");

        private final int thread;
        private final String title;

        Track(int thread, String title) {
            this.thread = thread;
            this.title = title;
        }
    }

    private TraceEvents() {}

    static String text(Report report) {
        TraceEvents events = new TraceEvents();
        events.text
                .append("{\"displayTimeUnit\": \"ns\", \"otherData\": ")
                .append(Json.line(ReportSummary.setting(report)))
                .append(",\n\"traceEvents\": [");
        report.graphs().forEach(events::graph);
        return events.text.append("\n]}\n").toString();
    }

    private void graph(Report.GraphCost g) {
        process++;
        Prediction p = g.prediction();
        metadata("process_name", Track.HOST.thread, "name", g.name() + " on " + Words.where(p.deployment()));
        int stages = p.layouts().values().stream()
                .mapToInt(l -> l.stages().size())
                .max()
                .orElse(0);
        for (Track t : Track.values()) {
            for (int i = 0; i < (t == Track.STAGES ? stages : 1); i++) {
                int thread = t.thread + i;
                metadata("thread_name", thread, "name", t == Track.STAGES ? t.title + " " + i : t.title);
                metadata("thread_sort_index", thread, "sort_index", thread);
            }
        }
        slice(Track.HOST, 0, "host", 0, p.host(), Map.of());
        int repeated = (int) p.sections().stream().filter(s -> s.runs() > 1).count();
        int shown = repeated == 0 ? 1 : Math.clamp(MOST_RUNS / repeated, 1, p.passes());
        for (int pass = 0; pass < shown; pass++) {
            for (SectionPrediction s : p.sections()) {
                if (pass < s.runs()) {
                    section(g, s, pass, s.start() + pass * p.passSeconds());
                }
            }
        }
        if (shown < p.passes()) {
            double start = p.host() + shown * p.passSeconds();
            String name = "%d more micro-batches of the same".formatted(p.passes() - shown);
            slice(Track.TILES, 0, name, start, start + (p.passes() - shown) * p.passSeconds(), Map.of());
        }
    }

    private void section(Report.GraphCost g, SectionPrediction s, int pass, double start) {
        SectionTime time = s.time();
        double loading = start + time.launch();
        double arguments = loading + time.programLoad();
        double begin = arguments + time.argumentLoad();
        double execution = begin + time.edges();
        double waiting = execution + time.execution();
        double end = waiting + time.peer();
        slice(Track.LAUNCH, 0, "launch", start, loading, Map.of());
        slice(Track.LAUNCH, 0, "program load", loading, arguments, Map.of());
        slice(Track.LAUNCH, 0, "argument load", arguments, begin, Map.of());
        Map<String, Object> facts = Json.map(
                "type", Report.type(s.section().type()),
                "path", s.path(),
                "ops", s.ops(),
                "program", s.layout().program(),
                "pcus", s.layout().pcus(),
                "flops", s.flops(),
                "bytes", s.traffic().memory(),
                "bound_by", s.bound().text());
        String name = "section %d %s".formatted(s.section().id(), g.label(s));
        slice(Track.TILES, 0, name, begin, end, facts);
        slice(Track.TILES, 0, "first and last tile", begin, execution, Map.of());
        slice(Track.TILES, 0, "execution", execution, waiting, Map.of());
        slice(Track.TILES, 0, "wait for other chips", waiting, end, Map.of());
        slice(
                Track.HBM,
                0,
                name,
                execution,
                execution + s.busy().hbm(),
                Map.of("bytes", s.traffic().hbm()));
        slice(
                Track.DDR,
                0,
                name,
                execution,
                execution + s.busy().ddr(),
                Map.of("bytes", s.traffic().ddr()));
        slice(
                Track.PEER,
                0,
                name,
                execution,
                execution + s.busy().peer(),
                Map.of("bytes", s.traffic().peer()));
        if (pass == 0) {
            stages(g, s, execution);
        }
    }

    private void stages(Report.GraphCost g, SectionPrediction s, double start) {
        List<SectionLayout.Span> spans = s.layout().spans();
        double pipeline = s.busy().pipeline();
        for (Stage t : s.layout().stages()) {
            SectionLayout.Span span = spans.get(t.id());
            slice(
                    Track.STAGES,
                    t.id(),
                    t.op(),
                    start + span.start() * pipeline,
                    start + span.end() * pipeline,
                    Json.map(
                            "path", g.path(s, t.place()),
                            "pcus", t.pcus(),
                            "bound_by", t.times().bound().text(),
                            "critical", t.critical()));
        }
    }

    private void metadata(String name, int thread, String key, Object value) {
        add(Json.map("ph", "M", "pid", process, "tid", thread, "name", name, "args", Map.of(key, value)));
    }

    /// Ends are rounded to nanoseconds, so that slices that follow each other or lie in one another still do.
    private void slice(Track track, int index, String name, double start, double end, Map<String, Object> facts) {
        long from = Math.round(start * 1e9);
        long to = Math.round(end * 1e9);
        if (from == to) {
            return;
        }
        Map<String, Object> event = Json.map(
                "ph",
                "X",
                "pid",
                process,
                "tid",
                track.thread + index,
                "name",
                name,
                "cat",
                track.title,
                "ts",
                BigDecimal.valueOf(from, 3),
                "dur",
                BigDecimal.valueOf(to - from, 3));
        if (!facts.isEmpty()) {
            event.put("args", facts);
        }
        add(event);
    }

    private void add(Map<String, Object> event) {
        text.append(text.charAt(text.length() - 1) == '[' ? "\n" : ",\n").append(Json.line(event));
    }
}
