package org.rduzoo.backend.pef;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.rduzoo.backend.section.Section;
import org.rduzoo.backend.section.SectionPlan;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphBuilder;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Value;

/// The sections of a graph as graphs of their own, so that each can be run by itself: what one hands another is an
/// output of the first and an input of the second, of one name.
public final class SectionGraphs {

    private SectionGraphs() {}

    /// A PEF whose graphs are the sections of one graph of `pef`, in the order in which they run. They have no plans of
    /// their own: they are for the host.
    public static Pef of(Pef pef, Pef.Entry entry) {
        SectionPlan plan = entry.plan();
        SectionPlan none =
                new SectionPlan(plan.level(), plan.arch(), plan.tiles(), plan.chips(), plan.parallel(), List.of());
        Map<Integer, Value> values = new HashMap<>();
        entry.graph().inputs().forEach(i -> values.put(i.value().number(), i.value()));
        entry.graph().nodes().forEach(n -> n.results().forEach(v -> values.put(v.number(), v)));
        return new Pef(
                pef.compilation(),
                plan.sections().stream()
                        .map(s -> new Pef.Entry(graph(entry.graph(), s, values), none))
                        .toList());
    }

    /// The name of the graph that is this section.
    public static String name(Graph graph, Section section) {
        return graph.name() + "/" + section.id();
    }

    private static Graph graph(Graph whole, Section section, Map<Integer, Value> values) {
        GraphBuilder builder = new GraphBuilder(name(whole, section));
        Map<Value, Value> mapped = new HashMap<>();
        Set<String> inputs = new HashSet<>();
        Map<Value, Graph.Input> known = new HashMap<>();
        whole.inputs().forEach(i -> known.put(i.value(), i));
        for (int number : section.in()) {
            Value value = Objects.requireNonNull(values.get(number));
            Graph.Input input = known.getOrDefault(value, new Graph.Input(border(value), Graph.Kind.INPUT, value));
            inputs.add(input.name());
            mapped.put(value, builder.input(input.name(), input.kind(), value.type(), value.path()));
        }
        for (int at : section.nodes()) {
            Node node = whole.nodes().get(at);
            List<Value> results =
                    builder.add(Ops.mapOperands(node.op(), v -> find(mapped, v)), node.path(), node.section());
            for (int i = 0; i < results.size(); i++) {
                mapped.put(node.results().get(i), results.get(i));
            }
        }
        for (int number : section.out()) {
            Value value = Objects.requireNonNull(values.get(number));
            builder.output(border(value), find(mapped, value));
        }
        for (Graph.Output output : replaced(whole, section, inputs)) {
            builder.output(output.name(), find(mapped, output.value()), output.alias());
        }
        return builder.build();
    }

    /// The outputs of the graph that take the place of an input that this section has.
    private static List<Graph.Output> replaced(Graph whole, Section section, Set<String> inputs) {
        return whole.outputs().stream()
                .filter(o -> section.out().contains(o.value().number()))
                .filter(o -> o.alias().filter(inputs::contains).isPresent())
                .toList();
    }

    private static Value find(Map<Value, Value> mapped, Value value) {
        return Optional.ofNullable(mapped.get(value))
                .orElseThrow(() -> new IllegalStateException(value + " at " + value.path() + " is not in its section"));
    }

    private static String border(Value value) {
        return "%" + value.number();
    }

    /// What later sections of the same PEF read of a section: the section's outputs, each with the graphs that take it.
    public static Map<String, List<String>> readers(Pef sections, int section) {
        Map<String, List<String>> readers = new LinkedHashMap<>();
        Graph graph = sections.entries().get(section).graph();
        graph.outputs().forEach(o -> readers.put(o.name(), new ArrayList<>()));
        for (Pef.Entry later :
                sections.entries().subList(section + 1, sections.entries().size())) {
            for (Graph.Input i : later.graph().inputs()) {
                List<String> of = readers.get(i.name());
                if (of != null && i.kind() == Graph.Kind.INPUT) {
                    of.add(later.graph().name());
                }
            }
        }
        return readers;
    }
}
