package org.rduzoo.runners.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.rduzoo.backend.json.Json;
import org.rduzoo.backend.json.JsonSyntaxException;
import org.rduzoo.checkpoint.file.WholeFile;
import org.rduzoo.samba.UserError;

/// What each step found, in `metrics.jsonl` and `metrics.csv`: a line a step, written when it is done.
public final class Metrics implements AutoCloseable {

    private static final String LINES = "metrics.jsonl";
    private static final String TABLE = "metrics.csv";

    /// What an evaluation may find.
    static final List<String> EVALUATION = List.of("eval_loss", "perplexity", "accuracy", "dice", "iou");

    private static final List<String> COLUMNS = Stream.concat(
                    Stream.of("step", "epoch", "loss", "grad_norm", "learning_rate", "seconds"), EVALUATION.stream())
            .toList();

    private final Path folder;
    private final List<Map<String, Object>> rows;
    private final FileChannel lines;
    private final FileChannel table;

    private Metrics(Path folder, List<Map<String, Object>> rows) throws IOException {
        this.folder = folder;
        this.rows = rows;
        lines = FileChannel.open(folder.resolve(LINES), StandardOpenOption.APPEND);
        table = FileChannel.open(folder.resolve(TABLE), StandardOpenOption.APPEND);
    }

    /// Begins the files, or goes on with those that are there.
    ///
    /// @param steps how many steps' rows are kept; later ones are done again
    public static Metrics open(Path folder, int steps) {
        try {
            Files.createDirectories(folder);
            List<Map<String, Object>> rows = steps == 0 ? new ArrayList<>() : read(folder.resolve(LINES), steps);
            WholeFile.write(folder.resolve(LINES), true, bytes(rows.stream().map(Metrics::line)));
            WholeFile.write(
                    folder.resolve(TABLE),
                    true,
                    bytes(Stream.concat(
                            Stream.of(String.join(",", COLUMNS)), rows.stream().map(Metrics::cells))));
            return new Metrics(folder, rows);
        } catch (IOException e) {
            throw new UserError("the metrics in %s cannot be written: %s".formatted(folder, UserError.reason(e)), e);
        }
    }

    private static byte[] bytes(Stream<String> lines) {
        return lines.map(l -> l + "\n").collect(Collectors.joining()).getBytes(StandardCharsets.UTF_8);
    }

    private static List<Map<String, Object>> read(Path file, int steps) throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        if (!Files.exists(file)) {
            return rows;
        }
        for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            Map<String, Object> row = new LinkedHashMap<>();
            try {
                if (Json.parse(line.getBytes(StandardCharsets.UTF_8)) instanceof Map<?, ?> m) {
                    m.forEach((k, v) -> row.put(k.toString(), v));
                }
            } catch (JsonSyntaxException _) {
                // The last line of a run that was ended while it wrote: that step is done again.
                break;
            }
            if (!(row.get("step") instanceof Long step) || step > steps) {
                break;
            }
            rows.add(row);
        }
        return rows;
    }

    private static String line(Map<String, Object> row) {
        return row.entrySet().stream()
                .map(e -> "\"%s\": %s".formatted(e.getKey(), e.getValue()))
                .collect(Collectors.joining(", ", "{", "}"));
    }

    private static String cells(Map<String, Object> row) {
        return COLUMNS.stream()
                .map(c -> String.valueOf(row.getOrDefault(c, "")))
                .collect(Collectors.joining(","));
    }

    /// Adds a row; its names are among the columns', its numbers finite.
    void add(Map<String, Object> row) {
        rows.add(row);
        try {
            append(lines, line(row));
            append(table, cells(row));
        } catch (IOException e) {
            throw new UserError("the metrics in %s cannot be written: %s".formatted(folder, UserError.reason(e)), e);
        }
    }

    private static void append(FileChannel file, String line) throws IOException {
        WholeFile.writeAll(file, ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
    }

    /// Brings all rows to the disk.
    void flush() {
        try {
            lines.force(true);
            table.force(true);
        } catch (IOException e) {
            throw new UserError("the metrics in %s cannot be written: %s".formatted(folder, UserError.reason(e)), e);
        }
    }

    List<Map<String, Object>> rows() {
        return rows;
    }

    /// The numbers of a column, where there are any.
    List<Double> column(String name) {
        return rows.stream()
                .map(r -> r.get(name))
                .filter(Number.class::isInstance)
                .map(x -> ((Number) x).doubleValue())
                .toList();
    }

    @Override
    public void close() {
        try {
            lines.close();
            table.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
