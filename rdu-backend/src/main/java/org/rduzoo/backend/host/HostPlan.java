package org.rduzoo.backend.host;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rduzoo.backend.host.ArenaLayout.Life;
import org.rduzoo.backend.host.Buffer.Kind;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Pass;
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
    record Parameter(String name, Type type) {}

    /// Plans a graph whose rounding and fusions are decided.
    static HostPlan of(Graph graph) {
        Graph own = graph;
        for (Pass pass : List.of(new SplitActivations(), new HoistCasts(), new DeadCode())) {
            own = pass.run(own);
        }
        return Lowering.plan(own);
    }

    static HostPlan of(
            List<Buffer> buffers,
            List<Step> steps,
            Map<String, View> inputs,
            Map<String, View> outputs,
            Map<Buffer, Parameter> parameters,
            Map<Buffer, Dense> constants) {
        List<List<Step>> phases = Phases.of(steps);
        Map<Buffer, int[]> lives = new LinkedHashMap<>();
        for (int i = 0; i < phases.size(); i++) {
            int phase = i;
            List<Buffer> touched = new ArrayList<>();
            phases.get(i).forEach(s -> touched.addAll(s.reads()));
            phases.get(i).forEach(s -> touched.addAll(s.writes()));
            touched.forEach(b -> lives.computeIfAbsent(b, _ -> new int[] {phase, phase})[1] = phase);
        }
        List<Life> arena = new ArrayList<>();
        lives.forEach((buffer, life) -> {
            if (buffer.kind() == Kind.ARENA) {
                arena.add(new Life(buffer, life[0], life[1]));
            }
        });
        Map<Buffer, Parameter> read = new HashMap<>(parameters);
        read.keySet().retainAll(lives.keySet());
        return new HostPlan(
                phases,
                List.copyOf(buffers),
                ArenaLayout.of(arena),
                Collections.unmodifiableMap(new LinkedHashMap<>(inputs)),
                Collections.unmodifiableMap(new LinkedHashMap<>(outputs)),
                Collections.unmodifiableMap(read),
                Collections.unmodifiableMap(new LinkedHashMap<>(constants)));
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
