package org.rduzoo.backend.pef;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.section.SectionPlan;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Type;

/// A compiled model: named graphs that share their parameters (a decoder's prefill buckets and its decode), each cut
/// into sections. As a file it is deterministic: equal PEFs are equal bytes, and nothing in it tells when or where it
/// was made. [PefFormat] is the layout.
public record Pef(Compilation compilation, List<Entry> entries) {

    /// A graph and its sections.
    public static final class Entry {

        private final String name;
        private final Supplier<Graph> graph;
        private final Supplier<SectionPlan> plan;
        private final Supplier<Set<String>> trained;
        private final boolean trusted;

        public Entry(Graph graph, SectionPlan plan) {
            this.name = graph.name();
            this.graph = () -> graph;
            this.plan = () -> plan;
            this.trained = () -> trained(graph);
            this.trusted = false;
        }

        /// What is read when it is first asked for, from a file that is as we wrote it.
        ///
        /// @param trained as [#trained]
        Entry(String name, Supplier<Graph> graph, Supplier<SectionPlan> plan, Set<String> trained) {
            this.name = name;
            this.graph = new Later<>(graph);
            this.plan = new Later<>(plan);
            this.trained = () -> trained;
            this.trusted = true;
        }

        private static Set<String> trained(Graph graph) {
            Set<String> trained = new TreeSet<>();
            graph.inputs(Graph.Kind.PARAMETER).map(Graph.Input::name).forEach(trained::add);
            trained.retainAll(
                    graph.outputs().stream().flatMap(o -> o.alias().stream()).toList());
            return trained;
        }

        /// The graph's.
        public String name() {
            return name;
        }

        public Graph graph() {
            return graph.get();
        }

        public SectionPlan plan() {
            return plan.get();
        }

        /// The parameters that runs of the graph replace.
        public Set<String> trained() {
            return trained.get();
        }
    }

    /// A tensor that all graphs which name it share.
    public record Parameter(String name, Type type) {}

    /// @throws IllegalArgumentException when there is no graph, two have one name, a plan is for another chip than the
    ///     rest, or graphs differ on the type of a parameter or state
    public Pef {
        entries = List.copyOf(entries);
        if (entries.isEmpty()) {
            throw new IllegalArgumentException("no graph");
        }
        Map<String, Entry> names = new LinkedHashMap<>();
        for (Entry e : entries) {
            if (names.put(e.name(), e) != null) {
                throw new IllegalArgumentException("two graphs are named " + e.name());
            }
            if (e.trusted) {
                continue;
            }
            SectionPlan plan = e.plan();
            if (!plan.arch().equals(compilation.arch())
                    || plan.tiles() != compilation.tiles()
                    || plan.chips() != compilation.chips()
                    || plan.parallel() != compilation.parallel()
                    || plan.level() != compilation.level()) {
                throw new IllegalArgumentException(
                        "the sections of graph " + e.graph().name() + " are for " + plan.tiles() + " tiles of "
                                + plan.arch() + " at " + plan.level());
            }
        }
        if (entries.stream().noneMatch(e -> e.trusted)) {
            shared(entries);
        }
    }

    /// The parameters of all graphs, in the order in which they first appear.
    public List<Parameter> parameters() {
        List<Parameter> parameters = new ArrayList<>();
        shared(entries).forEach((name, input) -> {
            if (input.kind() == Graph.Kind.PARAMETER) {
                parameters.add(new Parameter(name, input.value().type()));
            }
        });
        return List.copyOf(parameters);
    }

    private static Map<String, Graph.Input> shared(List<Entry> entries) {
        Map<String, Graph.Input> shared = new LinkedHashMap<>();
        for (Entry e : entries) {
            for (Graph.Input input : e.graph().inputs()) {
                if (input.kind() == Graph.Kind.INPUT) {
                    continue;
                }
                Graph.Input first = shared.putIfAbsent(input.name(), input);
                if (first != null
                        && (first.kind() != input.kind()
                                || !first.value().type().equals(input.value().type()))) {
                    throw new IllegalArgumentException("%s is %s %s in one graph and %s %s in graph %s"
                            .formatted(
                                    input.name(),
                                    first.kind(),
                                    first.value().type(),
                                    input.kind(),
                                    input.value().type(),
                                    e.graph().name()));
                }
            }
        }
        return shared;
    }

    /// The graph of this name and its sections, if there is one.
    public Optional<Entry> entry(String graph) {
        return entries.stream().filter(e -> e.name().equals(graph)).findFirst();
    }

    /// The chip it is for.
    public Arch arch() {
        return Arch.of(compilation.arch());
    }

    /// The part of a machine that it is for.
    public Deployment deployment() {
        return compilation.deployment();
    }

    /// The bytes of the file.
    public byte[] toBytes() {
        return PefFormat.seal(PefFormat.content(this));
    }

    /// Writes the file: it appears whole or not at all. Folders on the way are made.
    ///
    /// @param force whether to replace a file that is no PEF; one that is gets replaced without
    /// @throws UserError when `file` is something else, or cannot be written
    public void write(Path file, boolean force) {
        PefFile.write(this, file, force);
    }

    /// Reads and checks a file.
    ///
    /// @throws UserError when there is none, or it is no PEF, of another version, truncated or altered
    public static Pef read(Path file) {
        return PefFile.read(file);
    }

    /// As [#read], of a file that this program wrote for itself. Where it is as it was written, its graphs are right,
    /// and each is read when it is first asked for.
    ///
    /// @throws UserError as there
    public static Pef readOwn(Path file) {
        return PefFile.readOwn(file);
    }

    /// Refuses arguments that differ from those that this was compiled with.
    ///
    /// @param command that they were given to, as in `run`
    /// @param given as [Compilation#arguments]; what is left out is not compared
    /// @throws UserError that names each key with both values, and the command that compiles anew
    public void requireArguments(String command, Map<String, String> given) {
        PefMismatch.check(compilation, command, given);
    }
}
