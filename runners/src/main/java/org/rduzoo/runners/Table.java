package org.rduzoo.runners;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// Rows with named cells as aligned columns: texts to the left, numbers to the right.
final class Table {

    private Table() {}

    static void print(Collection<? extends SequencedMap<String, Object>> rows, PrintStream out) {
        if (rows.isEmpty()) {
            return;
        }
        List<String> columns = new ArrayList<>(rows.iterator().next().keySet());
        List<List<String>> lines = new ArrayList<>();
        lines.add(columns);
        boolean[] right = new boolean[columns.size()];
        for (SequencedMap<String, Object> row : rows) {
            List<String> line = new ArrayList<>();
            for (int i = 0; i < columns.size(); i++) {
                Object cell = row.getOrDefault(columns.get(i), "");
                right[i] |= cell instanceof Number;
                line.add(cell.toString());
            }
            lines.add(line);
        }
        int[] widths = new int[columns.size()];
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        for (List<String> line : lines) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                String pad = " ".repeat(widths[i] - line.get(i).length());
                text.append(i == 0 ? "" : "  ").append(right[i] ? pad + line.get(i) : line.get(i) + pad);
            }
            out.println(text.toString().stripTrailing());
        }
    }

    /// Names with what they stand for.
    static void facts(Map<String, ?> facts, PrintStream out) {
        int width = facts.keySet().stream().mapToInt(String::length).max().orElse(0);
        facts.forEach((name, value) -> out.println(name + " ".repeat(width - name.length() + 2) + value));
    }
}
