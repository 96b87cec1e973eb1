package org.rduzoo.backend.host;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.rduzoo.backend.section.Section;
import org.rduzoo.backend.section.SectionPlan;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphBuilder;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Value;
import org.rduzoo.samba.UserError;

/// Runs the sections of a graph one by one. Each is a graph of its own; what one yields and others read goes through
/// memory, as on the chip. Inputs and outputs are those of the whole graph.
public final class SectionRuns {

    private final HostGraph whole;
    private final Graph graph;
    private final SectionPlan plan;
    private final Function<Graph, HostGraph> loader;
    private final Map<Integer, HostGraph> loaded = new HashMap<>();
    private final Map<Integer, MemorySegment> made = new HashMap<>();
    private final Map<Value, Node> nodes = new HashMap<>();
    private final Set<Integer> passed = new HashSet<>();

    /// @param graph as the PEF has it, whose nodes `plan` numbers
    SectionRuns(Graph graph, HostGraph whole, SectionPlan plan, Function<Graph, HostGraph> loader) {
        this.whole = whole;
        this.graph = graph;
        this.plan = plan;
        this.loader = loader;
        graph.nodes().forEach(n -> n.results().forEach(v -> nodes.put(v, n)));
        plan.sections().forEach(s -> passed.addAll(s.in()));
    }

    /// Runs a section on what the sections before left when they were last run.
    ///
    /// @throws UserError when one of them has not been run yet
    public void run(int id) {
        Section section = plan.sections().get(id);
        requireMade(section);
        HostGraph part = loaded.computeIfAbsent(id, _ -> loader.apply(graph(section)));
        part.graph().inputs(Graph.Kind.INPUT).forEach(i -> {
            MemorySegment from = isPassed(i.name()) ? made.get(number(i.name())) : whole.input(i.name());
            part.input(i.name()).copyFrom(from);
        });
        part.run();
        part.graph().outputs().forEach(o -> {
            if (isPassed(o.name())) {
                made.put(number(o.name()), part.output(o.name()));
            } else if (o.alias().isEmpty()) {
                whole.output(o.name()).copyFrom(part.output(o.name()));
            }
        });
    }

    private void requireMade(Section section) {
        Set<Integer> missing = new TreeSet<>();
        for (Value v : comingIn(section)) {
            if (nodes.containsKey(v) && !made.containsKey(v.number())) {
                plan.sections().stream()
                        .filter(s -> s.out().contains(v.number()))
                        .forEach(s -> missing.add(s.id()));
            }
        }
        if (!missing.isEmpty()) {
            throw new UserError("section %d reads what section%s %s make%s: run %s first, by number."
                    .formatted(
                            section.id(),
                            missing.size() == 1 ? "" : "s",
                            String.join(
                                    ", ", missing.stream().map(String::valueOf).toList()),
                            missing.size() == 1 ? "s" : "",
                            missing.size() == 1 ? "it" : "them"));
        }
    }

    /// The values that a section takes in; constants are written where they are read.
    private List<Value> comingIn(Section section) {
        Set<Integer> numbers = new HashSet<>(section.in());
        return section.nodes().stream()
                .map(n -> graph.nodes().get(n))
                .flatMap(n -> n.operands().stream())
                .filter(v -> numbers.contains(v.number()) && !isConstant(v))
                .distinct()
                .toList();
    }

    private boolean isConstant(Value value) {
        Node node = nodes.get(value);
        return node != null && node.op() instanceof Layout.Constant;
    }

    private Graph graph(Section section) {
        GraphBuilder builder = new GraphBuilder(graph.name() + "." + section.id());
        Map<Value, Value> mapped = new HashMap<>();
        Set<String> inputs = new HashSet<>();
        for (Value v : comingIn(section)) {
            Optional<Graph.Input> input =
                    graph.inputs().stream().filter(i -> i.value().equals(v)).findFirst();
            String name = input.map(Graph.Input::name).orElse(v.toString());
            Graph.Kind kind = input.map(Graph.Input::kind).orElse(Graph.Kind.INPUT);
            mapped.put(v, builder.input(name, kind, v.type(), v.path()));
            inputs.add(name);
        }
        Set<Value> yielded = new HashSet<>();
        section.nodes().forEach(n -> yielded.addAll(graph.nodes().get(n).results()));
        List<Graph.Output> outputs = graph.outputs().stream()
                .filter(o -> yielded.contains(o.value()))
                .toList();
        for (Graph.Output output : outputs) {
            // What replaces a state needs that state, even if the section does not read it.
            output.alias()
                    .flatMap(graph::input)
                    .filter(i -> inputs.add(i.name()))
                    .ifPresent(i -> {
                        builder.input(
                                i.name(), i.kind(), i.value().type(), i.value().path());
                    });
        }
        for (int n : section.nodes()) {
            Node node = graph.nodes().get(n);
            for (Value v : node.operands()) {
                if (isConstant(v) && !mapped.containsKey(v)) {
                    copy(Objects.requireNonNull(nodes.get(v)), builder, mapped);
                }
            }
            copy(node, builder, mapped);
        }
        for (int number : section.out()) {
            yielded.stream()
                    .filter(v -> v.number() == number && passed.contains(number) && !isConstant(v))
                    .forEach(v -> builder.output(v.toString(), mapped(v, mapped)));
        }
        outputs.forEach(o -> builder.output(o.name(), mapped(o.value(), mapped), o.alias()));
        return builder.build();
    }

    private static void copy(Node node, GraphBuilder builder, Map<Value, Value> mapped) {
        if (mapped.containsKey(node.results().getFirst())) {
            return;
        }
        List<Value> results =
                builder.add(Ops.mapOperands(node.op(), v -> mapped(v, mapped)), node.path(), node.section());
        for (int i = 0; i < results.size(); i++) {
            mapped.put(node.results().get(i), results.get(i));
        }
    }

    private static Value mapped(Value old, Map<Value, Value> mapped) {
        Value value = mapped.get(old);
        if (value == null) {
            throw new AssertionError(old);
        }
        return value;
    }

    /// Names of values that pass between sections are their numbers.
    private static boolean isPassed(String name) {
        return name.startsWith("%");
    }

    private static int number(String name) {
        return Integer.parseInt(name.substring(1));
    }
}
