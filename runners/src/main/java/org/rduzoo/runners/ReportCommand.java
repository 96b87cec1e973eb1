package org.rduzoo.runners;

import java.nio.file.Path;
import java.util.List;
import java.util.SequencedMap;
import org.rduzoo.backend.json.Json;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.runners.report.Report;
import org.rduzoo.runners.report.ReportFolder;

/// `rdu report FILE.pef [OTHER.pef]`: what a PEF would cost on its chip, to look at.
record ReportCommand() implements Command {

    @Override
    public String name() {
        return "report";
    }

    @Override
    public String summary() {
        return "what a PEF costs on its chip, as a page, tables and a trace; with a second PEF, how they compare";
    }

    @Override
    public List<String> operands() {
        return List.of("FILE.pef", "[OTHER.pef]");
    }

    @Override
    public List<Option> options() {
        return List.of(Option.REPORT, Option.FORCE);
    }

    @Override
    public Result run(Arguments arguments, Console console) {
        int count = Math.clamp(arguments.operands().size(), 1, 2);
        List<Path> files =
                Operands.exactly(this, count, arguments).stream().map(Path::of).toList();
        List<Report> reports = files.stream().map(ReportCommand::report).toList();
        Path folder = arguments.path(Option.REPORT).orElse(folder(files.getFirst()));
        SequencedMap<String, Long> sizes = ReportFolder.write(folder, arguments.on(Option.FORCE), reports);
        return TableResult.of(Json.map(
                        "pef", files.getFirst().toString(),
                        "folder", folder.toString(),
                        "page", folder.resolve("report.html").toString(),
                        "predicted", reports.getFirst().predicted()))
                .with(
                        "files",
                        sizes.entrySet().stream()
                                .map(e -> Json.map("file", e.getKey(), "bytes", e.getValue()))
                                .toList())
                .with("on_chip", ChipCost.graphs(reports.getFirst().pef()));
    }

    private static Report report(Path file) {
        Pef pef = Pef.read(file);
        return new Report(
                file.getFileName().toString(),
                pef,
                ChipCost.predicted(pef),
                ChipCost.validated(pef),
                pef.entries().stream()
                        .map(e -> new Report.GraphCost(
                                e.graph(), Predictions.step(pef, e.graph().name())))
                        .toList());
    }

    /// Beside the PEF, named like it.
    private static Path folder(Path file) {
        String name = file.getFileName().toString();
        return file.resolveSibling((name.endsWith(".pef") ? name.substring(0, name.length() - 4) : name) + "-report");
    }
}
