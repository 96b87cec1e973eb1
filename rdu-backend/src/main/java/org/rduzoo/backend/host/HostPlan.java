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
/// @param inputs where the caller puts each input
/// @param outputs where the caller finds each output
/// @param parameters the weights that steps read as they lie; those that products read are packed, and not here
/// @param constants what is written once, at load
record HostPlan(
        List<Step> steps,
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
        Map<Buffer, int[]> lives = new LinkedHashMap<>();
        for (int i = 0; i < steps.size(); i++) {
            int step = i;
            List<Buffer> touched = new ArrayList<>(steps.get(i).reads());
            touched.addAll(steps.get(i).writes());
            touched.forEach(b -> lives.computeIfAbsent(b, _ -> new int[] {step, step})[1] = step);
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
                List.copyOf(steps),
                List.copyOf(buffers),
                ArenaLayout.of(arena),
                Collections.unmodifiableMap(new LinkedHashMap<>(inputs)),
                Collections.unmodifiableMap(new LinkedHashMap<>(outputs)),
                Collections.unmodifiableMap(read),
                Collections.unmodifiableMap(new LinkedHashMap<>(constants)));
    }

    /// The plan as text, a line a step.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("arena %d bytes, %d steps%n".formatted(arena.bytes(), steps.size()));
        for (Step step : steps) {
            text.append("%-5s %s %s <- %s%n"
                    .formatted(step.loading() ? "load" : step.section(), step.label(), step.writes(), step.reads()));
        }
        return text.toString();
    }
}
