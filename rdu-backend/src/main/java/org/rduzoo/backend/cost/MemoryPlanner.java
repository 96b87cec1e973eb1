package org.rduzoo.backend.cost;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.cost.MemoryPlan.Region;
import org.rduzoo.backend.cost.MemoryPlan.Role;
import org.rduzoo.backend.section.Access;
import org.rduzoo.backend.section.Section;
import org.rduzoo.backend.section.SectionFlow;
import org.rduzoo.backend.section.SectionPlan;
import org.rduzoo.ir.Graph;

/// Plans the memories of a chip before anything runs: what lives on first, then what sections hand each other, at the
/// lowest address that is free for as long as it is needed. What does not fit into the fastest memory goes to the next,
/// that which is moved least first, and weights last.
final class MemoryPlanner {

    private final Graph graph;
    private final SectionPlan plan;
    private final SectionFlow flow;
    private final Arch arch;
    private final Map<Integer, Draft> drafts = new LinkedHashMap<>();
    private final Map<Integer, Integer> homes = new HashMap<>();

    /// A region whose place is not yet found.
    private static final class Draft {
        final int value;
        final String name;
        final Role role;
        final long bytes;
        int first;
        int last;
        long moved;
        int level;

        Draft(int value, String name, Role role, long bytes, int first, int last) {
            this.value = value;
            this.name = name;
            this.role = role;
            this.bytes = bytes;
            this.first = first;
            this.last = last;
        }

        boolean livesOn() {
            return role == Role.WEIGHT || role == Role.STATE;
        }
    }

    private MemoryPlanner(Graph graph, SectionPlan plan, SectionFlow flow, Arch arch) {
        this.graph = graph;
        this.plan = plan;
        this.flow = flow;
        this.arch = arch;
    }

    /// A plan, and in which memory each value lies.
    ///
    /// @param home number of a value → number of the value in whose place it lies
    record Planned(MemoryPlan plan, Map<Integer, Integer> home, Map<Integer, Integer> levels) {

        /// The index of the memory that a value lies in.
        int level(int value) {
            return levels.getOrDefault(home.getOrDefault(value, value), 0);
        }
    }

    /// @throws org.rduzoo.samba.UserError when the last memory is too small
    static Planned plan(Graph graph, SectionPlan plan, SectionFlow flow, Arch arch, long keys) {
        MemoryPlanner planner = new MemoryPlanner(graph, plan, flow, arch);
        planner.inputs();
        planner.outputs();
        planner.borders(keys);
        return planner.place();
    }

    private int end() {
        return Math.max(0, plan.sections().size() - 1);
    }

    private void inputs() {
        for (Graph.Input input : graph.inputs()) {
            int v = input.value().number();
            Role role = switch (input.kind()) {
                case PARAMETER -> Role.WEIGHT;
                case STATE -> Role.STATE;
                case INPUT -> Role.INPUT;
            };
            int last = role == Role.INPUT ? Math.clamp(flow.lastUsedIn(v), 0, end()) : end();
            drafts.put(v, new Draft(v, input.name(), role, flow.bytes(v), 0, last));
        }
    }

    /// A state that a run replaces has one place.
    private void outputs() {
        for (Graph.Output output : graph.outputs()) {
            int root = flow.root(output.value().number());
            Optional<Graph.Input> replaced = output.alias().flatMap(graph::input);
            if (replaced.isPresent()) {
                homes.put(root, flow.root(replaced.get().value().number()));
            } else if (!drafts.containsKey(root)) {
                int made = Math.max(0, flow.madeIn(root));
                drafts.put(root, new Draft(root, output.name(), Role.OUTPUT, flow.bytes(root), made, end()));
            }
        }
    }

    private void borders(long keys) {
        for (Section s : plan.sections()) {
            for (Access a : flow.accesses(s, keys)) {
                int v = homes.getOrDefault(a.value(), a.value());
                Draft draft = drafts.computeIfAbsent(
                        v,
                        _ -> new Draft(
                                v,
                                flow.path(v),
                                Role.BORDER,
                                flow.bytes(v),
                                s.id(),
                                Math.clamp(flow.lastUsedIn(v), s.id(), end())));
                draft.moved += a.bytes();
            }
        }
    }

    private Planned place() {
        long first = (long) arch.memories().getFirst().capacity().value();
        boolean spills = arch.memories().size() > 1;
        long kept = drafts.values().stream()
                .filter(Draft::livesOn)
                .mapToLong(d -> d.bytes)
                .sum();
        if (spills && kept > first) {
            List<Draft> coldest = drafts.values().stream()
                    .filter(Draft::livesOn)
                    .sorted(Comparator.comparingDouble((Draft d) -> d.moved / (double) Math.max(1, d.bytes))
                            .thenComparingInt(d -> d.role == Role.WEIGHT ? 1 : 0)
                            .thenComparingLong(d -> -d.bytes))
                    .toList();
            for (Draft d : coldest) {
                if (kept <= first) {
                    break;
                }
                d.level = 1;
                kept -= d.bytes;
            }
        }
        List<FreeSpace> spaces = arch.memories().stream()
                .map(m -> new FreeSpace((long) m.capacity().value()))
                .toList();
        List<Draft> order = new ArrayList<>(drafts.values());
        order.sort(Comparator.comparingInt((Draft d) -> d.livesOn() ? 0 : 1).thenComparingInt(d -> d.first));
        List<Region> regions = new ArrayList<>();
        Map<Integer, Integer> levels = new HashMap<>();
        for (Draft d : order) {
            long address = spaces.get(d.level).take(d.bytes, d.first, d.last);
            if (address < 0 && spills && d.level == 0) {
                d.level = 1;
                address = spaces.get(1).take(d.bytes, d.first, d.last);
            }
            if (address < 0) {
                throw DoesNotFit.of(
                        arch,
                        graph,
                        drafts.values().stream()
                                .map(x -> new DoesNotFit.Item(x.name, x.role, x.bytes))
                                .toList());
            }
            levels.put(d.value, d.level);
            String level = arch.memories().get(d.level).name();
            regions.add(new Region(d.value, d.name, d.role, level, address, d.bytes, d.first, d.last, d.moved));
        }
        Map<String, MemoryPlan.Level> used = new LinkedHashMap<>();
        for (int i = 0; i < spaces.size(); i++) {
            used.put(
                    arch.memories().get(i).name(),
                    new MemoryPlan.Level(spaces.get(i).capacity(), spaces.get(i).peak()));
        }
        return new Planned(new MemoryPlan(regions, used), homes, levels);
    }
}
