package org.rduzoo.runners;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.json.Json;
import org.rduzoo.backend.json.JsonObject;

/// What was measured on real chips and published, each with the command that predicts it.
///
/// @param configs text of `config.json` by the name of a model
record TimingRows(Map<String, String> configs, List<Row> rows) {

    private static final String FILE = "timing-rows.json";

    private static final class Loaded {
        static final TimingRows ROWS = read();
    }

    /// One number.
    ///
    /// @param family rows that one table holds
    /// @param config name of the model; empty for an operator
    /// @param command the words after `measure-performance`, or after `predict-op`
    /// @param measure the key of the prediction that it is compared with
    /// @param measured seconds, or bytes
    /// @param use `calibration` if parameters were chosen by it, `exact` if it follows by arithmetic
    record Row(
            String family, String config, String command, String measure, double measured, String source, String use) {

        List<String> words() {
            return List.of(command.split(" ", -1));
        }

        boolean isOperator() {
            return config.isEmpty();
        }

        boolean isExact() {
            return use.equals("exact");
        }
    }

    static TimingRows all() {
        return Loaded.ROWS;
    }

    /// Whether a time of this model, whatever its size, on this kind of chip was published.
    static boolean cover(String model, Deployment deployment, boolean inference) {
        return all().rows.stream()
                .filter(r -> !r.isOperator() && !r.isExact())
                .map(Row::words)
                .anyMatch(w -> w.getFirst().equals(model)
                        && w.contains(deployment.arch().key())
                        && w.contains(Option.INFERENCE.text()) == inference);
    }

    /// Whether any time of this model was published.
    static boolean cover(String model) {
        return all().rows.stream()
                .anyMatch(r -> !r.isOperator() && r.words().getFirst().equals(model));
    }

    private static TimingRows read() {
        try (InputStream in = Objects.requireNonNull(TimingRows.class.getResourceAsStream(FILE), FILE)) {
            JsonObject json = JsonObject.parse(in.readAllBytes());
            Map<String, String> configs = json.object("configs").members().entrySet().stream()
                    .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, e -> Json.print(e.getValue())));
            List<Row> rows = json.objects("rows").stream()
                    .map(r -> new Row(
                            r.string("family"),
                            r.string("config"),
                            r.string("command"),
                            r.string("measure"),
                            r.number("measured"),
                            r.string("source"),
                            r.string("use")))
                    .toList();
            return new TimingRows(configs, rows);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
