package org.rduzoo.backend.host;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rduzoo.backend.host.ArenaLayout.Life;
import org.rduzoo.backend.host.Buffer.Kind;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Pass;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.pass.DeadCode;

/// How this machine runs a graph: the steps in their order, and where everything lies.
///
/// @param phases steps that need nothing of each other; all of a phase are done before the next begins
/// @param inputs where the caller puts each input
/// @param outputs where the caller finds each output
/// @param parameters the weights that steps read as they lie; those that products read are packed, and not here
/// @param constants what is written once, at load
record HostPlan(
        List<List<Step>> phases,
        List<Buffer> buffers,
        ArenaLayout arena,
        Map<String, View> inputs,
        Map<String, View> outputs,
        Map<Buffer, Parameter> parameters,
        Map<Buffer, Dense> constants) {

    /// A weight of the checkpoint, in the type that the graph computes with.
    record Parameter(String name, Type type) {

        // A record's own methods are linked when they are first called, which takes some milliseconds of each start.

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Parameter p && name.equals(p.name) && type.equals(p.type);
        }

        @Override
        public int hashCode() {
            return 31 * name.hashCode() + type.hashCode();
        }
    }

    /// A weight as the right factor of products `x · weightᵀ`.
    ///
    /// @param transposed whether it lies the other way round in the checkpoint
    record Factor(Parameter parameter, boolean transposed) {

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Factor f && transposed == f.transposed && parameter.equals(f.parameter);
        }

        @Override
        public int hashCode() {
            return 2 * parameter.hashCode() + (transposed ? 1 : 0);
        }
    }

    /// Plans a graph whose rounding and fusions are decided.
    static HostPlan of(Graph graph) {
        return of(graph, trained(graph).collect(Collectors.toSet()));
    }

    /// @param trained the parameters that runs of this graph or another replace
    static HostPlan of(Graph graph, Set<String> trained) {
        return Lowering.plan(Grouped.of(graph, trained), trained);
    }

    /// The graph as it is planned.
    static Graph rewritten(Graph graph) {
        Graph own = graph;
        for (Pass pass : List.of(new ExpandNorms(), new SplitActivations(), new HoistCasts(), new DeadCode())) {
            own = pass.run(own);
        }
        return own;
    }

    /// The parameters that runs of a graph replace.
    static Stream<String> trained(Graph graph) {
        Set<String> replaced =
                graph.outputs().stream().flatMap(o -> o.alias().stream()).collect(Collectors.toSet());
        return graph.inputs(Graph.Kind.PARAMETER).map(Graph.Input::name).filter(replaced::contains);
    }

    static HostPlan of(
            List<Buffer> buffers,
            List<Step> unordered,
            Map<String, View> inputs,
            Map<String, View> outputs,
            Map<Buffer, Parameter> parameters,
            Map<Buffer, Dense> constants) {
        // A part of the step may be run by itself, so it must not depend on what stands behind it.
        List<Step> steps =
                unordered.stream().sorted(Comparator.comparing(Step::section)).toList();
        List<List<Step>> phases = Phases.of(steps, buffers.size());
        @Nullable Use[] uses = new @Nullable Use[buffers.size()];
        for (int i = 0; i < phases.size(); i++) {
            for (Step step : phases.get(i)) {
                for (Buffer buffer : step.reads()) {
                    use(uses, buffer).in(i, step.section());
                }
                for (Buffer buffer : step.writes()) {
                    use(uses, buffer).in(i, step.section());
                }
            }
        }
        List<Life> arena = new ArrayList<>();
        Map<Buffer, Parameter> read = new HashMap<>();
        for (Buffer buffer : buffers) {
            Use use = uses[buffer.number()];
            if (use != null && buffer.kind() == Kind.ARENA) {
                arena.add(
                        use.outlivesRuns()
                                ? new Life(buffer, 0, phases.size())
                                : new Life(buffer, use.first, use.last));
            }
            Parameter parameter = parameters.get(buffer);
            if (use != null && parameter != null) {
                read.put(buffer, parameter);
            }
        }
        return new HostPlan(
                phases,
                List.copyOf(buffers),
                ArenaLayout.of(arena),
                Collections.unmodifiableMap(new LinkedHashMap<>(inputs)),
                Collections.unmodifiableMap(new LinkedHashMap<>(outputs)),
                Collections.unmodifiableMap(read),
                Collections.unmodifiableMap(new LinkedHashMap<>(constants)));
    }

    private static Use use(@Nullable Use[] uses, Buffer buffer) {
        Use use = uses[buffer.number()];
        if (use == null) {
            use = new Use();
            uses[buffer.number()] = use;
        }
        return use;
    }

    /// The phases from the first to the last that touch a buffer, and the parts of the step they belong to.
    private static final class Use {

        private int first = -1;
        private int last;
        private final Set<SectionType> sections = EnumSet.noneOf(SectionType.class);

        void in(int phase, SectionType section) {
            first = first < 0 ? phase : first;
            last = phase;
            sections.add(section);
        }

        /// Whether what lies there must survive another run of the parts before: forward and backward passes may be
        /// run many times before what they leave is used.
        boolean outlivesRuns() {
            return sections.size() > 1
                    && !EnumSet.of(SectionType.FWD, SectionType.BCKWD).containsAll(sections);
        }
    }

    /// The steps in an order in which they could run one by one.
    List<Step> steps() {
        return phases.stream().flatMap(List::stream).toList();
    }

    /// The plan as text, a line a step; those of one phase stand together.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(
                "arena %d bytes, %d steps in %d phases%n".formatted(arena.bytes(), steps().size(), phases.size()));
        for (int i = 0; i < phases.size(); i++) {
            for (Step step : phases.get(i)) {
                text.append("%4d %-5s %s %s <- %s%n"
                        .formatted(
                                i,
                                step.loading() ? "load" : step.section(),
                                step.label(),
                                step.writes(),
                                step.reads()));
            }
        }
        return text.toString();
    }
}
