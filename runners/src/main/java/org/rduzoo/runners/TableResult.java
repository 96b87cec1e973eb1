package org.rduzoo.runners;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.rduzoo.backend.json.Json;

/// Facts, then tables: what most commands that show something show.
///
/// @param facts names with what they stand for; texts, numbers, or containers of them, which only JSON shows
/// @param tables rows under the table's name
/// @param status the exit status
record TableResult(
        SequencedMap<String, Object> facts,
        SequencedMap<String, List<? extends SequencedMap<String, Object>>> tables,
        int status)
        implements Result {

    static TableResult of(SequencedMap<String, Object> facts) {
        return new TableResult(facts, new LinkedHashMap<>(), 0);
    }

    static TableResult of(String name, List<? extends SequencedMap<String, Object>> rows) {
        return of(new LinkedHashMap<>()).with(name, rows);
    }

    TableResult with(String name, List<? extends SequencedMap<String, Object>> rows) {
        SequencedMap<String, List<? extends SequencedMap<String, Object>>> more = new LinkedHashMap<>(tables);
        more.put(name, rows);
        return new TableResult(facts, more, status);
    }

    /// A row of names and cells by turns.
    static SequencedMap<String, Object> row(Object... cells) {
        return Json.map(cells);
    }

    @Override
    public void print(PrintStream out) {
        Map<String, Object> plain = new LinkedHashMap<>(facts);
        plain.values().removeIf(v -> v instanceof Map || v instanceof List);
        Table.facts(plain, out);
        boolean first = plain.isEmpty();
        for (Map.Entry<String, List<? extends SequencedMap<String, Object>>> e : tables.entrySet()) {
            if (e.getValue().isEmpty()) {
                continue;
            }
            if (!first) {
                out.println();
            }
            first = false;
            if (tables.size() > 1) {
                out.println(e.getKey());
            }
            Table.print(e.getValue(), out);
        }
    }

    @Override
    public Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>(facts);
        json.putAll(tables);
        return json;
    }
}
