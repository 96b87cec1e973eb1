package org.rduzoo.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.backend.json.JsonObject;
import org.rduzoo.runners.CommandLine.Outcome;

/// What the files of a report say, and that they agree with each other.
class ReportTest {

    private static final List<String> FILES = List.of(
            "links.csv",
            "memory_map.csv",
            "pmu_bandwidth.csv",
            "report.html",
            "section_report.csv",
            "stage_report.csv",
            "summary.json",
            "trace.json");

    @TempDir
    Path folder;

    /// Compiles and reports; `words` follow `compile`.
    private Path report(String words) {
        String pef = folder.resolve("x.pef").toString();
        Outcome compiled = CommandLine.line("compile " + words + " -p " + pef);
        assertThat(compiled.status()).as(compiled.err()).isZero();
        Outcome outcome = CommandLine.line("report " + pef);
        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.status()).isZero();
        return folder.resolve("x-report");
    }

    private static JsonObject json(Path file) throws IOException {
        return JsonObject.parse(Files.readAllBytes(file));
    }

    /// The rows of a table whose cells have no commas, by column.
    private static List<Map<String, String>> rows(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        String[] columns = lines.getFirst().split(",", -1);
        List<Map<String, String>> rows = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.replaceAll("\"[^\"]*\"", "text").split(",", -1);
            assertThat(cells).hasSameSizeAs(columns);
            Map<String, String> row = new LinkedHashMap<>();
            for (int i = 0; i < columns.length; i++) {
                row.put(columns[i], cells[i]);
            }
            rows.add(row);
        }
        return rows;
    }

    private static double number(Map<String, String> row, String column) {
        return Double.parseDouble(Objects.requireNonNull(row.get(column), column));
    }

    private static double sum(List<Map<String, String>> rows, String... columns) {
        return rows.stream()
                .mapToDouble(
                        r -> Stream.of(columns).mapToDouble(c -> number(r, c)).sum())
                .sum();
    }

    private static List<Map<String, String>> of(JsonObject graph, List<Map<String, String>> rows) {
        return rows.stream()
                .filter(r -> graph.string("graph").equals(r.get("graph")))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama --checkpoint LLAMA --arch sn40 --n-chips 2 -b 2 --inference --max-seq-length 64",
                "llama --checkpoint LLAMA --arch sn30 --num-tiles 3 -b 8 -mb 2 --max-seq-length 16",
                "llama --checkpoint LLAMA --arch sn10 -b 2 --max-seq-length 16 --o0",
                "bert --checkpoint BERT --arch sn40 -b 4 -mb 2 --inference --max-seq-length 16 --o1",
                "unet --num-classes 2 --in-channels 3 --init-features 8 --in-width 32 --in-height 32 --inference"
            })
    void partsAddUpToWhatTheSummarySaysAndStayWithinTheChip(String words) throws IOException {
        Path report = report(words.replace("LLAMA", CommandLine.tiny("llama").toString())
                .replace("BERT", CommandLine.tiny("bert").toString()));
        try (Stream<Path> files = Files.list(report)) {
            assertThat(files.map(f -> f.getFileName().toString())).containsExactlyInAnyOrderElementsOf(FILES);
        }
        JsonObject summary = json(report.resolve("summary.json"));
        List<Map<String, String>> sections = rows(report.resolve("section_report.csv"));
        for (JsonObject graph : summary.objects("graphs")) {
            double seconds = graph.number("seconds");
            double error = 1e-12 * seconds;
            List<Map<String, String>> own = of(graph, sections);
            assertThat(own).hasSize(graph.integer("sections"));
            double host = graph.object("components").number("host_s");
            assertThat(sum(own, "total_s") + host).isCloseTo(seconds, within(error));
            assertThat(total(graph.object("components"))).isCloseTo(seconds, within(error));
            assertThat(total(graph.object("seconds_by_bound"))).isCloseTo(seconds, within(error));
            assertThat(graph.number("low_s")).isLessThanOrEqualTo(seconds);
            assertThat(graph.number("high_s")).isGreaterThanOrEqualTo(seconds);
            assertThat(graph.number("pcu_share")).isBetween(0.0, 1.0);
            assertThat(graph.number("utilisation")).isBetween(0.0, 1.0);
            long flops = 0;
            double end = 0;
            for (Map<String, String> s : own) {
                List<Map<String, String>> one = List.of(s);
                double latency = number(s, "latency_s");
                assertThat(sum(one, "launch_s", "program_load_s", "argument_load_s", "edges_s"))
                        .isPositive();
                assertThat(sum(
                                one,
                                "launch_s",
                                "program_load_s",
                                "argument_load_s",
                                "edges_s",
                                "execution_s",
                                "peer_wait_s"))
                        .isCloseTo(latency, within(1e-12 * latency));
                assertThat(number(s, "execution_s"))
                        .isEqualTo(Stream.of("pipeline_busy_s", "hbm_busy_s", "ddr_busy_s", "peer_busy_s")
                                .mapToDouble(c -> number(s, c))
                                .max()
                                .orElseThrow());
                assertThat(number(s, "pcu_percent")).isBetween(0.0, 100.0);
                assertThat(number(s, "pmu_percent")).isBetween(0.0, 100.0);
                flops += Math.round(number(s, "flops") * number(s, "runs"));
                end = Math.max(end, number(s, "start_s") + latency);
            }
            assertThat((double) flops).isEqualTo(graph.number("flops"));
            assertThat(end).isLessThanOrEqualTo(seconds + error);
            JsonObject bytes = graph.object("bytes");
            for (String kind : List.of("hbm_read", "hbm_written", "ddr_read", "ddr_written")) {
                double moved = own.stream()
                        .mapToDouble(s -> number(s, kind + "_bytes") * number(s, "runs"))
                        .sum();
                assertThat(moved).isEqualTo(bytes.number(kind));
            }
        }
    }

    private static double total(JsonObject parts) {
        return parts.members().values().stream()
                .mapToDouble(x -> ((Number) x).doubleValue())
                .sum();
    }

    @Test
    void stagesUnitsLinksAndMemoryAreThoseOfTheSections() throws IOException {
        Path report = report("llama --checkpoint " + CommandLine.tiny("llama")
                + " --arch sn30 --num-tiles 2 -b 4 --max-seq-length 16");
        JsonObject graph =
                json(report.resolve("summary.json")).objects("graphs").getFirst();
        Map<String, List<Map<String, String>>> stages = rows(report.resolve("stage_report.csv")).stream()
                .collect(Collectors.groupingBy(r -> r.get("section_id")));
        for (Map<String, String> s : rows(report.resolve("section_report.csv"))) {
            List<Map<String, String>> own = stages.getOrDefault(s.get("section_id"), List.of());
            assertThat(sum(own, "parallelism")).isEqualTo(number(s, "pcu_count"));
            double slowest =
                    own.stream().mapToDouble(t -> number(t, "cycles")).max().orElse(0);
            assertThat(own)
                    .allSatisfy(t -> assertThat(Boolean.parseBoolean(t.get("critical")))
                            .isEqualTo(number(t, "cycles") == slowest));
        }
        assertThat(rows(report.resolve("pmu_bandwidth.csv")))
                .isNotEmpty()
                .allSatisfy(b -> assertThat(number(b, "utilisation")).isBetween(0.0, 1.0));
        assertThat(rows(report.resolve("links.csv"))).isNotEmpty().allSatisfy(l -> {
            double columns = Math.abs(number(l, "from_column") - number(l, "to_column"));
            double rows = Math.abs(number(l, "from_row") - number(l, "to_row"));
            assertThat(columns + rows).isEqualTo(1);
            assertThat(number(l, "bytes")).isPositive();
        });
        double peak = graph.objects("memory").getFirst().number("peak");
        List<Map<String, String>> memory = rows(report.resolve("memory_map.csv"));
        assertThat(memory).allSatisfy(r -> {
            assertThat(number(r, "address") + number(r, "bytes")).isLessThanOrEqualTo(peak);
            assertThat(number(r, "end_s"))
                    .isGreaterThan(number(r, "start_s"))
                    .isLessThanOrEqualTo(graph.number("seconds") * (1 + 1e-12));
        });
        assertThat(memory.stream().map(r -> r.get("role"))).contains("weight", "state", "input", "border");
    }

    @Test
    void aTraceHasEveryRunOnItsTracksAndEndsWithTheGraph() throws IOException {
        Path report = report("llama --checkpoint " + CommandLine.tiny("llama")
                + " --arch sn40 --n-chips 2 -b 6 -mb 2 --max-seq-length 16");
        JsonObject graph =
                json(report.resolve("summary.json")).objects("graphs").getFirst();
        assertThat(graph.integer("passes")).isEqualTo(3);
        Map<Integer, String> names = new TreeMap<>();
        Map<Integer, List<double[]>> slices = new TreeMap<>();
        double last = 0;
        for (JsonObject e : json(report.resolve("trace.json")).objects("traceEvents")) {
            assertThat(e.integer("pid")).isEqualTo(1);
            int thread = e.integer("tid");
            assertThat(thread).isPositive();
            if (e.string("ph").equals("M")) {
                if (e.string("name").equals("thread_name")) {
                    names.put(thread, e.object("args").string("name"));
                }
                continue;
            }
            assertThat(e.string("ph")).isEqualTo("X");
            double end = e.number("ts") + e.number("dur");
            assertThat(e.number("dur")).isPositive();
            slices.computeIfAbsent(thread, _ -> new ArrayList<>()).add(new double[] {e.number("ts"), end});
            last = Math.max(last, end);
        }
        assertThat(names.values()).contains("host", "launch", "tiles", "HBM", "DDR", "P2P", "stage 0", "stage 1");
        assertThat(last).isCloseTo(graph.number("seconds") * 1e6, within(0.002));
        slices.forEach((thread, list) -> assertThat(nest(list))
                .as("slices of %s follow each other or lie in one another", names.get(thread))
                .isTrue());
        List<double[]> launch = slices.getOrDefault(2, List.of());
        double launches = launch.stream().mapToDouble(s -> s[1] - s[0]).sum();
        JsonObject parts = graph.object("components");
        double expected = parts.number("launch_s") + parts.number("program_load_s") + parts.number("argument_load_s");
        assertThat(launches).isCloseTo(expected * 1e6, within(0.001 * launch.size()));
    }

    private static boolean nest(List<double[]> slices) {
        List<double[]> open = new ArrayList<>();
        slices.sort((a, b) -> a[0] == b[0] ? Double.compare(b[1], a[1]) : Double.compare(a[0], b[0]));
        for (double[] slice : slices) {
            while (!open.isEmpty() && open.getLast()[1] <= slice[0] + 1e-6) {
                open.removeLast();
            }
            if (!open.isEmpty() && open.getLast()[1] < slice[1] - 1e-6) {
                return false;
            }
            open.add(slice);
        }
        return true;
    }

    @Test
    void aReportIsReplacedByAnotherButNothingElseIs() throws IOException {
        String words = "bert --checkpoint " + CommandLine.tiny("bert") + " --inference --max-seq-length 8";
        Path report = report(words);
        byte[] page = Files.readAllBytes(report.resolve("report.html"));
        Path again = report(words);
        assertThat(again.resolve("report.html")).hasBinaryContent(page);
        Path other = Files.createDirectory(folder.resolve("other"));
        Files.writeString(other.resolve("mine.txt"), "mine");
        String command = "report " + folder.resolve("x.pef") + " --output " + other;
        Outcome refused = CommandLine.line(command);
        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err()).contains("is not empty").contains("--force");
        assertThat(CommandLine.line(command + " --force").status()).isZero();
        assertThat(other.resolve("mine.txt")).hasContent("mine");
        assertThat(CommandLine.line("report").status()).isEqualTo(2);
        assertThat(CommandLine.line("report a b c").status()).isEqualTo(2);
        assertThat(CommandLine.line("report " + other.resolve("mine.txt")).status())
                .isEqualTo(1);
    }

    @Test
    void theResultAsJsonNamesTheFiles() {
        report("bert --checkpoint " + CommandLine.tiny("bert") + " --inference --max-seq-length 8");
        Outcome outcome = CommandLine.line("report --json " + folder.resolve("x.pef"));
        JsonObject found = JsonObject.parse(outcome.out().getBytes(StandardCharsets.UTF_8));
        assertThat(found.objects("files").stream().map(f -> f.string("file")))
                .containsExactlyInAnyOrderElementsOf(FILES);
        assertThat(found.object("predicted").number("seconds")).isPositive();
    }
}
