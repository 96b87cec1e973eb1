package org.rduzoo.backend.pef;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToIntFunction;
import org.rduzoo.backend.json.Json;
import org.rduzoo.backend.json.JsonObject;
import org.rduzoo.backend.json.JsonSyntaxException;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.backend.section.Section;
import org.rduzoo.backend.section.SectionPlan;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Type;

/// The manifest of a PEF, in JSON: what it was compiled from and for, and its graphs. Tables of all that is in them
/// stand apart, so that a start need not read them.
final class Manifest {

    private Manifest() {}

    static String print(Pef pef) {
        Compilation c = pef.compilation();
        SequencedMap<String, Object> manifest = new LinkedHashMap<>();
        manifest.put("tool", c.tool());
        manifest.put("model", c.model());
        manifest.put("arch", c.arch());
        manifest.put("tiles", c.tiles());
        manifest.put("level", c.level().text());
        manifest.put("arguments", c.arguments());
        manifest.put("precision", c.precision());
        manifest.put(
                "graphs",
                pef.entries().stream()
                        .map(e -> Json.map("name", e.name(), "trained", List.copyOf(e.trained())))
                        .toList());
        return Json.print(manifest);
    }

    /// The tables of graphs and parameters.
    static String tables(Pef pef) {
        return Json.print(Json.map(
                "graphs",
                pef.entries().stream().map(Manifest::table).toList(),
                "parameters",
                pef.parameters().stream().map(p -> row(p.name(), p.type())).toList()));
    }

    private static Map<String, Object> table(Pef.Entry entry) {
        Graph graph = entry.graph();
        SectionPlan plan = entry.plan();
        SequencedMap<String, Object> row = new LinkedHashMap<>();
        row.put("name", graph.name());
        row.put("nodes", graph.nodes().size());
        row.put("sections", plan.sections().size());
        row.put("programs", plan.programs());
        row.put("pcus", most(plan, Section::pcus));
        row.put("pmus", most(plan, Section::pmus));
        row.put("flops", plan.flops());
        row.put("traffic", plan.traffic());
        row.put("inputs", inputs(graph, Graph.Kind.INPUT));
        row.put("state", inputs(graph, Graph.Kind.STATE));
        List<Object> outputs = new ArrayList<>();
        for (Graph.Output output : graph.outputs()) {
            SequencedMap<String, Object> each =
                    row(output.name(), output.value().type());
            output.alias().ifPresent(alias -> each.put("replaces", alias));
            outputs.add(each);
        }
        row.put("outputs", outputs);
        return row;
    }

    private static int most(SectionPlan plan, ToIntFunction<Section> fact) {
        return plan.sections().stream().mapToInt(fact).max().orElse(0);
    }

    private static List<SequencedMap<String, Object>> inputs(Graph graph, Graph.Kind kind) {
        return graph.inputs(kind).map(i -> row(i.name(), i.value().type())).toList();
    }

    private static SequencedMap<String, Object> row(String name, Type type) {
        SequencedMap<String, Object> row = new LinkedHashMap<>();
        row.put("name", name);
        row.put("type", type.toString());
        return row;
    }

    /// The parameters that runs of a graph replace, by what the manifest says of it.
    static Set<String> trained(JsonObject graph) {
        return new TreeSet<>(graph.strings("trained"));
    }

    /// What a manifest says beyond what follows from the graphs.
    static Compilation compilation(JsonObject json, String config) {
        return new Compilation(
                json.string("model"),
                json.string("tool"),
                json.string("arch"),
                json.integer("tiles"),
                level(json.string("level")),
                json.stringMap("arguments"),
                json.stringMap("precision"),
                config);
    }

    private static OptLevel level(String text) {
        for (OptLevel level : OptLevel.values()) {
            if (level.text().equals(text)) {
                return level;
            }
        }
        throw new JsonSyntaxException("level is " + text);
    }
}
