package org.rduzoo.runners.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.rduzoo.backend.json.Json;

/// `report.html`: one page that needs nothing but a browser. The files that it is made of lie beside this class.
///
/// A PEF may come from anybody. What it says reaches the page as escaped text or as JSON that no script can begin in,
/// the scripts put it there as text, and the page allows no script but its own.
final class ReportPage {

    private static final List<String> SCRIPTS = List.of(
            "core.js",
            "charts.js",
            "timeline.js",
            "roofline.js",
            "floorplan.js",
            "memory.js",
            "paths.js",
            "table.js",
            "whatif.js",
            "main.js");

    private static final Pattern PLACE = Pattern.compile("\\{\\{(\\w+)}}");

    private ReportPage() {}

    /// @param reports one, or two to compare
    static String html(List<Report> reports) {
        String script = SCRIPTS.stream().map(ReportPage::resource).collect(Collectors.joining("\n"));
        // Browsers hash what they read, where a line ends in a newline alone.
        String whole = "\n\"use strict\";\n" + script.replace("\r\n", "\n");
        Map<String, String> parts = new HashMap<>();
        parts.put("title", escaped(reports.stream().map(Report::name).collect(Collectors.joining(" and "))));
        parts.put("hash", sha256(whole));
        parts.put("style", resource("report.css"));
        parts.put("words", reports.stream().map(ReportPage::words).collect(Collectors.joining("\n")));
        parts.put("data", data(reports));
        parts.put("script", whole);
        return PLACE.matcher(resource("report.html"))
                .replaceAll(place -> Matcher.quoteReplacement(Objects.requireNonNull(parts.get(place.group(1)))));
    }

    /// The summary of each graph, which shows without scripts too.
    private static String words(Report report) {
        StringBuilder html = new StringBuilder();
        for (Report.GraphCost g : report.graphs()) {
            html.append("<article class=\"words\">\n<h3>%s <small>%s</small></h3>\n"
                    .formatted(escaped(g.name()), escaped(report.name())));
            for (String sentence : Words.of(g, report.validated())) {
                html.append("<p>").append(escaped(sentence)).append("</p>\n");
            }
            html.append("</article>\n");
        }
        return html.toString();
    }

    /// No `<` is left that could end the element, nor what older scripts took for the end of a line.
    private static String data(List<Report> reports) {
        return Json.line(reports.stream().map(PageData::of).toList())
                .replace("&", "\\u0026")
                .replace("<", "\\u003c")
                .replace(">", "\\u003e")
                .replace("\u2028", "\\u2028")
                .replace("\u2029", "\\u2029");
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    private static String sha256(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }

    private static String resource(String name) {
        try (InputStream in = Objects.requireNonNull(ReportPage.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
