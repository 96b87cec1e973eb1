package org.rduzoo.runners;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.backend.pef.PefDiff;
import org.rduzoo.backend.pef.PefInfo;
import org.rduzoo.backend.pef.PefSections;
import org.rduzoo.backend.pef.Row;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.UsageError;

/// `rdu pef info|diff|sections FILE`: what is in a PEF.
record PefCommand() implements Command {

    private static final List<String> VERBS = List.of("info", "diff", "sections");

    @Override
    public String name() {
        return "pef";
    }

    @Override
    public String summary() {
        return "what is in a PEF; how two differ";
    }

    @Override
    public List<String> operands() {
        return List.of("info|diff|sections", "FILE…");
    }

    @Override
    public List<Option> options() {
        return List.of();
    }

    @Override
    public Result run(Arguments arguments, Console console) {
        String verb = arguments.operands().isEmpty() ? "" : arguments.operands().getFirst();
        List<String> words = switch (verb) {
            case "info", "sections" -> Operands.exactly(this, 2, arguments);
            case "diff" -> Operands.exactly(this, 3, arguments);
            default ->
                throw new UsageError("pef has no \"%s\".%s It has %s."
                        .formatted(verb, Nearest.hint(verb, VERBS), String.join(", ", VERBS)));
        };
        Pef pef = Pef.read(Path.of(words.get(1)));
        return switch (verb) {
            case "info" -> info(PefInfo.of(pef));
            case "sections" ->
                TableResult.of("sections", rows(PefSections.of(pef).sections()));
            default -> diff(PefDiff.of(pef, Pef.read(Path.of(words.get(2)))));
        };
    }

    private static Result info(PefInfo info) {
        return TableResult.of(new LinkedHashMap<>(info.facts()))
                .with("graphs", rows(info.graphs()))
                .with("tensors", rows(info.tensors()));
    }

    private static Result diff(PefDiff diff) {
        SequencedMap<String, Object> facts = new LinkedHashMap<>();
        if (diff.isEmpty()) {
            facts.put("equal", true);
        }
        return TableResult.of(facts).with("differences", rows(diff.differences()));
    }

    private static List<SequencedMap<String, Object>> rows(List<? extends Row> rows) {
        return rows.stream().map(Row::cells).toList();
    }
}
