package org.rduzoo.runners;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.rduzoo.checkpoint.CheckpointDiff;
import org.rduzoo.checkpoint.CheckpointInfo;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.UsageError;

/// `rdu checkpoint info|diff`: what is in a checkpoint.
record CheckpointCommand() implements Command {

    private static final List<String> VERBS = List.of("info", "diff");

    @Override
    public String name() {
        return "checkpoint";
    }

    @Override
    public String summary() {
        return "tensors, types and sizes of a checkpoint; how two differ";
    }

    @Override
    public List<String> operands() {
        return List.of("info|diff", "DIR…");
    }

    @Override
    public List<Option> options() {
        return List.of();
    }

    @Override
    public Result run(Arguments arguments, Console console) {
        String verb = arguments.operands().isEmpty() ? "" : arguments.operands().getFirst();
        return switch (verb) {
            case "info" ->
                info(CheckpointInfo.of(
                        Path.of(Operands.exactly(this, 2, arguments).get(1))));
            case "diff" -> {
                List<String> words = Operands.exactly(this, 3, arguments);
                yield diff(CheckpointDiff.of(Path.of(words.get(1)), Path.of(words.get(2))));
            }
            default ->
                throw new UsageError("checkpoint has no \"%s\".%s It has %s."
                        .formatted(verb, Nearest.hint(verb, VERBS), String.join(", ", VERBS)));
        };
    }

    private static Result info(CheckpointInfo info) {
        SequencedMap<String, Object> facts = TableResult.row(
                "path", info.path().toString(),
                "format", info.format(),
                "parameters", info.elements(),
                "bytes", info.bytes(),
                "files", info.files());
        Map<String, Object> metadata = new LinkedHashMap<>(info.metadata());
        if (!metadata.isEmpty()) {
            facts.put("metadata", metadata);
        }
        return TableResult.of(facts)
                .with(
                        "types",
                        info.types().stream()
                                .map(t -> TableResult.row(
                                        "type", t.dtype().text(),
                                        "tensors", t.tensors(),
                                        "elements", t.elements(),
                                        "bytes", t.bytes()))
                                .toList())
                .with(
                        "tensors",
                        info.tensors().stream()
                                .map(t -> TableResult.row(
                                        "name", t.name(),
                                        "type", t.dtype().text(),
                                        "shape", t.shape().toString(),
                                        "bytes", t.bytes(),
                                        "file", t.file()))
                                .toList());
    }

    private static Result diff(CheckpointDiff diff) {
        return TableResult.of(TableResult.row("equal_tensors", diff.equal(), "equal", diff.isEmpty()))
                .with(
                        "missing",
                        Stream.concat(
                                        diff.onlyLeft().stream().map(n -> TableResult.row("name", n, "in", "left")),
                                        diff.onlyRight().stream().map(n -> TableResult.row("name", n, "in", "right")))
                                .toList())
                .with(
                        "types",
                        diff.types().stream()
                                .map(t -> TableResult.row(
                                        "name", t.name(),
                                        "left", t.left().toString(),
                                        "right", t.right().toString()))
                                .toList())
                .with(
                        "values",
                        diff.values().stream()
                                .map(v -> TableResult.row(
                                        "name", v.name(),
                                        "elements", v.elements(),
                                        "max_abs", number(v.maxAbs()),
                                        "relative", number(v.relative())))
                                .toList())
                .with(
                        "config",
                        diff.config().stream()
                                .map(c -> TableResult.row("key", c.key(), "left", c.left(), "right", c.right()))
                                .toList());
    }

    /// A number for a cell; JSON has no infinity.
    private static Object number(double x) {
        return Double.isFinite(x) ? (Object) x : Double.toString(x).toLowerCase(Locale.ROOT);
    }
}
