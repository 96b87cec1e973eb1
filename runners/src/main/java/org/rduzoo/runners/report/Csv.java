package org.rduzoo.runners.report;

import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import org.rduzoo.backend.pef.Row;

/// Rows as comma-separated values (RFC 4180), the names of the columns first.
final class Csv {

    private Csv() {}

    static String text(List<? extends Row> rows) {
        StringBuilder text = new StringBuilder();
        for (Row row : rows) {
            SequencedMap<String, Object> cells = row.cells();
            if (text.isEmpty()) {
                text.append(String.join(",", cells.keySet())).append("\r\n");
            }
            text.append(cells.values().stream().map(c -> cell(c.toString())).collect(Collectors.joining(",")))
                    .append("\r\n");
        }
        return text.toString();
    }

    private static String cell(String text) {
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\r' || c == '\n');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
