package org.rduzoo.runners;

import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import org.rduzoo.backend.cost.Prediction;
import org.rduzoo.backend.cost.SectionPrediction;
import org.rduzoo.backend.json.Json;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.runners.report.Report;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.ZooModel;

/// `rdu measure-sections MODEL`: how long each section takes on this host, and would take on the chip.
record MeasureSectionsCommand() implements Command {

    @Override
    public String name() {
        return "measure-sections";
    }

    @Override
    public String summary() {
        return "time of each section, measured on this host and predicted for the chip; needs no weights";
    }

    @Override
    public List<String> operands() {
        return List.of("MODEL");
    }

    @Override
    public List<Option> options() {
        List<Option> options = new ArrayList<>(new CompileCommand().options());
        options.removeAll(List.of(Option.OUTPUT_FOLDER, Option.PEF_NAME, Option.FORCE));
        options.addAll(Option.hosting());
        return options;
    }

    @Override
    public Result run(Arguments arguments, Console console) {
        ZooModel model = Models.of(this, arguments);
        Pef pef = pef(model, arguments, console);
        Config config = Config.parse("the PEF", pef.compilation().config());
        int vocabulary = Math.max(1, config.integer("vocab_size", 1));
        List<SequencedMap<String, Object>> graphs = new ArrayList<>();
        List<SequencedMap<String, Object>> sections = new ArrayList<>();
        String host = "";
        for (Pef.Entry entry : pef.entries()) {
            String graph = entry.graph().name();
            SectionMeasure.Times times =
                    SectionMeasure.of(pef, entry, Feed.host(arguments), vocabulary, arguments.seed());
            Prediction predicted = Predictions.step(pef, graph, 1);
            host = times.host();
            double sum = 0;
            for (SectionPrediction s : predicted.sections()) {
                double measured = times.seconds().get(s.section().id());
                sum += measured;
                sections.add(row(new Report.GraphCost(entry.graph(), predicted), s, measured));
            }
            graphs.add(Json.map(
                    "graph", graph,
                    "sections", predicted.sections().size(),
                    "passes", times.passes(),
                    "measured_s", sum,
                    "predicted_s", predicted.time().seconds()));
        }
        return TableResult.of(Json.map(
                        "model", model.name(),
                        "host", host,
                        "arch", pef.compilation().arch(),
                        "n_chips", pef.deployment().chips(),
                        "validated", ChipCost.validated(pef)))
                .with("graphs", graphs)
                .with("sections", sections);
    }

    private static SequencedMap<String, Object> row(Report.GraphCost g, SectionPrediction s, double measured) {
        return Json.map(
                "graph", g.name(),
                "section", s.section().id(),
                "type", Report.type(s.section().type()),
                "program", s.layout().program(),
                "measured_s", measured,
                "predicted_s", s.time().seconds(),
                "bound_by", s.bound().text(),
                "flops", s.flops(),
                "bytes", s.traffic().memory(),
                "ops", s.ops(),
                "where", g.label(s));
    }

    /// The PEF that is given, or what `compile` makes of the same words.
    private static Pef pef(ZooModel model, Arguments arguments, Console console) {
        if (arguments.has(Option.PEF)) {
            Pef pef = Pef.read(arguments.required(Option.PEF));
            GivenPef.require(pef, "measure-sections", model, CompileOptions.of(arguments));
            return pef;
        }
        return CompiledPef.of(arguments, console);
    }
}
