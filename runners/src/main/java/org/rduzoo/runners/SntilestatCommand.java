package org.rduzoo.runners;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.cost.Prediction;
import org.rduzoo.backend.cost.SectionTime;
import org.rduzoo.backend.json.Json;
import org.rduzoo.backend.pef.Pef;

/// `rdu sntilestat FILE.pef`: what the tiles do while a PEF runs, in percent of the time, as the tool of that name
/// shows
/// it.
record SntilestatCommand() implements Command {

    @Override
    public String name() {
        return "sntilestat";
    }

    @Override
    public String summary() {
        return "what tiles do while each graph of a PEF runs, in percent: idle, exec, pload, aload, chkpt, quiesce";
    }

    @Override
    public List<String> operands() {
        return List.of("FILE.pef");
    }

    @Override
    public List<Option> options() {
        return List.of();
    }

    @Override
    public Result run(Arguments arguments, Console console) {
        Pef pef = Pef.read(Path.of(Operands.one(this, arguments)));
        List<SequencedMap<String, Object>> rows = new ArrayList<>();
        for (Pef.Entry e : pef.entries()) {
            Prediction p = Predictions.step(pef, e.graph().name());
            Deployment d = p.deployment();
            for (int tile = 0; tile < d.arch().tiles(); tile++) {
                SequencedMap<String, Object> row = new LinkedHashMap<>();
                row.put("graph", p.graph());
                row.put("tile", "RDU_%s/TILE_%d".formatted(d.chips() == 1 ? "0" : "0-" + (d.chips() - 1), tile));
                row.putAll(tile < d.tiles() ? states(p) : NOTHING);
                rows.add(row);
            }
        }
        return new Tiles(rows);
    }

    private static final SequencedMap<String, Double> NOTHING = percent(1, 0, 0, 0);

    /// A tile is idle until a section is launched on it; waiting for other chips is part of what it executes. Nothing
    /// saves tiles or stops them while a graph runs.
    private static SequencedMap<String, Double> states(Prediction p) {
        SectionTime t = p.time();
        return percent(p.host() + t.launch(), t.edges() + t.execution() + t.peer(), t.programLoad(), t.argumentLoad());
    }

    private static SequencedMap<String, Double> percent(double idle, double exec, double pload, double aload) {
        double all = (idle + exec + pload + aload) / 100;
        SequencedMap<String, Double> states = new LinkedHashMap<>();
        states.put("idle", idle / all);
        states.put("exec", exec / all);
        states.put("pload", pload / all);
        states.put("aload", aload / all);
        states.put("chkpt", 0.0);
        states.put("quiesce", 0.0);
        return states;
    }

    /// @param rows a tile of a graph each, the percentages in full
    record Tiles(List<SequencedMap<String, Object>> rows) implements Result {

        @Override
        public void print(PrintStream out) {
            List<SequencedMap<String, Object>> lines = new ArrayList<>();
            for (SequencedMap<String, Object> row : rows) {
                Map<String, Double> states = new LinkedHashMap<>();
                SequencedMap<String, Object> line = new LinkedHashMap<>();
                row.forEach((name, cell) -> {
                    if (cell instanceof Double share) {
                        states.put(name, share);
                    } else {
                        line.put(name, cell);
                    }
                });
                tenths(states).forEach((name, n) -> line.put("%" + name, n / 10.0));
                lines.add(line);
            }
            Table.print(lines, out);
        }

        /// Percentages in tenths that add up to all: those with the largest rest are rounded up.
        static Map<String, Long> tenths(Map<String, Double> states) {
            Map<String, Long> tenths = new LinkedHashMap<>();
            states.forEach((name, share) -> tenths.put(name, (long) Math.floor(10 * share + 1e-9)));
            long missing = 1000 - tenths.values().stream().mapToLong(n -> n).sum();
            states.entrySet().stream()
                    .sorted(Comparator.comparingDouble(e -> -(10 * e.getValue() - tenths.getOrDefault(e.getKey(), 0L))))
                    .limit(missing)
                    .forEach(e -> tenths.merge(e.getKey(), 1L, Long::sum));
            return tenths;
        }

        @Override
        public Map<String, Object> json() {
            return Json.map("tiles", rows);
        }
    }
}
