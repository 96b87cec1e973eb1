package org.rduzoo.runners;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rduzoo.backend.json.Json;
import org.rduzoo.backend.json.JsonObject;
import org.rduzoo.backend.pef.Compilation;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.ir.GraphText;
import org.rduzoo.runners.CommandLine.Outcome;

/// `report.html`, whoever wrote the PEF.
class ReportPageTest {

    private static final String HOSTILE =
            "</script><script>alert(1)</script><img src=x onerror=alert(2)>{{data}}$1'\\\"&lt;\u2028]]>-->";

    @TempDir
    Path folder;

    private Path pef;

    @BeforeEach
    void compile() {
        pef = folder.resolve("x.pef");
        Outcome compiled = CommandLine.line(
                "compile bert --inference --max-seq-length 8 --checkpoint " + CommandLine.tiny("bert") + " -p " + pef);
        assertThat(compiled.status()).as(compiled.err()).isZero();
    }

    private String page(Path... pefs) throws IOException {
        Path out = folder.resolve("report");
        Outcome outcome = CommandLine.run(Stream.concat(
                        Stream.of("report", "--output", out.toString()),
                        Stream.of(pefs).map(Path::toString))
                .toArray(String[]::new));
        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.status()).isZero();
        return Files.readString(out.resolve("report.html"));
    }

    /// What stands between `begin` and the next `end`.
    private static String between(String text, String begin, String end) {
        int at = text.indexOf(begin) + begin.length();
        assertThat(at).as(begin).isGreaterThanOrEqualTo(begin.length());
        return text.substring(at, text.indexOf(end, at));
    }

    private static List<?> data(String page) {
        String json = between(page, "<script type=\"application/json\" id=\"data\">", "</script>");
        return (List<?>) Json.parse(json.getBytes(StandardCharsets.UTF_8));
    }

    private static List<?> list(JsonObject graph, String name) {
        return (List<?>) Objects.requireNonNull(graph.members().get(name));
    }

    private static JsonObject first(String page) {
        return JsonObject.parse(Json.print(data(page).getFirst()).getBytes(StandardCharsets.UTF_8));
    }

    /// The same with this text in every model path, name and argument.
    private Path hostile() {
        Pef plain = Pef.read(pef);
        String quoted = Json.line(HOSTILE).replace("\\u2028", "\u2028");
        String inner = quoted.substring(1, quoted.length() - 1);
        Compilation c = plain.compilation();
        Map<String, String> arguments = new TreeMap<>(c.arguments());
        arguments.put("pooling", HOSTILE);
        arguments.put(HOSTILE, "1");
        Pef changed = new Pef(
                Compilation.of(HOSTILE, c.tool(), c.arch(), c.tiles(), c.level(), arguments, c.precision(), c.config()),
                plain.entries().stream()
                        .map(e -> new Pef.Entry(
                                GraphText.parse(e.graph()
                                        .toString()
                                        .replace("@ \"", "@ \"" + inner)
                                        .replace("graph \"", "graph \"" + inner)
                                        .replaceAll("(parameter %\\d+ \")", "$1" + Matcher.quoteReplacement(inner))),
                                e.plan()))
                        .toList());
        Path file = folder.resolve("<b>&'x.pef");
        changed.write(file, false);
        return file;
    }

    @Test
    void whatAPefSaysIsNeverMarkup() throws IOException {
        String page = page(hostile(), pef);
        assertThat(page.split("<script", -1)).hasSize(3);
        assertThat(page.split("</script", -1)).hasSize(3);
        assertThat(page).doesNotContain("<img").doesNotContain("<b>");
        assertThat(between(page, "id=\"data\">", "</script>"))
                .doesNotContain("\u2028")
                .doesNotContain("<");
        Map<?, ?> report = (Map<?, ?>) data(page).getFirst();
        assertThat(report.get("model")).isEqualTo(HOSTILE);
        assertThat(report.get("pef")).isEqualTo("<b>&'x.pef");
        JsonObject graph = first(page).objects("graphs").getFirst();
        assertThat(graph.string("graph")).startsWith(HOSTILE);
        assertThat(list(graph, "texts"))
                .filteredOn(t -> t.toString().startsWith(HOSTILE))
                .hasSizeGreaterThan(5);
        // In sentences it stands as people would read it.
        String words = between(page, "<div id=\"words\">", "</div>");
        assertThat(words).contains("&lt;/script&gt;&lt;script&gt;alert(1)").contains("{{data}}$1");
    }

    @Test
    void aHostileNameIsACellOfATable() throws IOException {
        page(hostile());
        Path report = folder.resolve("report");
        String line = Files.readString(report.resolve("section_report.csv")).split("\r\n", -1)[1];
        assertThat(line).contains("\"\"&lt;").doesNotContain("\n");
        JsonObject trace = JsonObject.parse(Files.readAllBytes(report.resolve("trace.json")));
        assertThat(trace.objects("traceEvents")).isNotEmpty();
        assertThat(trace.object("otherData").string("model")).isEqualTo(HOSTILE);
    }

    @Test
    void thePageRunsItsOwnScriptAloneAndAsksForNothing() throws IOException, NoSuchAlgorithmException {
        String page = page(pef);
        String script = between(page, "<script>", "</script>");
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(script.getBytes(StandardCharsets.UTF_8));
        assertThat(between(page, "http-equiv=\"Content-Security-Policy\" content=\"", "\""))
                .isEqualTo("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-%s'"
                        .formatted(Base64.getEncoder().encodeToString(hash)));
        assertThat(page).doesNotContain("src=").doesNotContain("@import").doesNotContain("url(");
        assertThat(script)
                .doesNotContain("innerHTML")
                .doesNotContain("insertAdjacentHTML")
                .doesNotContain("document.write")
                .doesNotContain("eval(")
                .doesNotContain("fetch(");
    }

    @Test
    void everyPlaceThatTheScriptsLookForIsInThePage() throws IOException {
        String page = page(pef);
        Matcher asked =
                Pattern.compile("(?:byId|put|canvas|legend)\\(\"([\\w-]+)\"").matcher(page);
        assertThat(asked.results().map(m -> "id=\"" + m.group(1) + "\"").distinct())
                .hasSizeGreaterThan(20)
                .allSatisfy(id -> assertThat(page).contains(id));
        Matcher parts = Pattern.compile("<a href=\"#(\\w+)\">").matcher(page);
        assertThat(parts.results()
                        .map(m -> "<section id=\"" + m.group(1) + "\"")
                        .distinct())
                .hasSize(9)
                .allSatisfy(section -> assertThat(page).contains(section));
    }

    @Test
    void rowsPointAtTextsCostsAndProgramsThatAreThere() throws IOException {
        String page = page(pef);
        for (JsonObject graph : first(page).objects("graphs")) {
            int texts = list(graph, "texts").size();
            List<?> costs = list(graph, "costs");
            List<?> rows = list(graph, "section_rows");
            assertThat(rows).hasSize(graph.integer("sections"));
            double seconds = graph.object("components").number("host_s");
            for (Object row : rows) {
                List<?> cells = (List<?>) row;
                assertThat(((Number) cells.get(0)).intValue()).isLessThan(texts);
                assertThat(graph.object("program_plans").has(cells.get(4).toString()))
                        .isTrue();
                List<?> cost = (List<?>) costs.get(((Number) cells.get(7)).intValue());
                seconds += ((Number) cost.get(6)).doubleValue() * ((Number) cells.get(5)).intValue();
            }
            assertThat(seconds).isEqualTo(graph.number("seconds"), within(1e-15));
        }
    }

    @Test
    void twoPefsAreOnOnePage() throws IOException {
        Path other = folder.resolve("y.pef");
        CommandLine.line("compile bert --inference --max-seq-length 8 --o0 --checkpoint " + CommandLine.tiny("bert")
                + " -p " + other);
        List<?> data = data(page(pef, other));
        assertThat(data).hasSize(2);
        assertThat(data.stream().map(r -> ((Map<?, ?>) r).get("level")))
                .asString()
                .isEqualTo("[o3, o0]");
    }
}
