package org.rduzoo.runners.report;

import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import org.rduzoo.backend.pef.Row;

/// Rows as comma-separated values (RFC 4180), the names of the columns first.
///
/// Names come from PEFs, which may be anybody's: what a spreadsheet would take for a formula gets an apostrophe in
/// front,
/// by which it knows a text.
final class Csv {

    /// What formulas begin with.
    private static final String FORMULAS = "=+-@\t\r";

    private Csv() {}

    static String text(List<? extends Row> rows) {
        StringBuilder text = new StringBuilder();
        for (Row row : rows) {
            SequencedMap<String, Object> cells = row.cells();
            if (text.isEmpty()) {
                text.append(String.join(",", cells.keySet())).append("\r\n");
            }
            text.append(cells.values().stream().map(Csv::cell).collect(Collectors.joining(",")))
                    .append("\r\n");
        }
        return text.toString();
    }

    private static String cell(Object content) {
        String text = content.toString();
        if (content instanceof String && !text.isEmpty() && FORMULAS.indexOf(text.charAt(0)) >= 0) {
            text = "'" + text;
        }
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\r' || c == '\n');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
