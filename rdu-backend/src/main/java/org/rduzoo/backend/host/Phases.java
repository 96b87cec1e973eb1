package org.rduzoo.backend.host;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Puts steps that need nothing of each other together, so that threads need not wait for one another between them: the
/// projections of one layer, the rotations that follow them.
///
/// A step moves forward over a few phases at most, so that what it makes does not lie about for long, and never into
/// another section.
final class Phases {

    /// How many phases a step may move forward.
    private static final int FORWARD = 4;

    private final List<List<Step>> phases = new ArrayList<>();
    private final Map<Buffer, Integer> written = new HashMap<>();
    private final Map<Buffer, Integer> read = new HashMap<>();

    private Phases() {}

    static List<List<Step>> of(List<Step> steps) {
        Phases loading = new Phases();
        steps.stream().filter(Step::loading).forEach(loading::add);
        Phases running = new Phases();
        steps.stream().filter(s -> !s.loading()).forEach(running::add);
        loading.phases.addAll(running.phases);
        return loading.phases.stream().map(List::copyOf).toList();
    }

    private void add(Step step) {
        int phase = Math.max(0, phases.size() - FORWARD);
        for (Buffer b : step.reads()) {
            phase = Math.max(phase, written.getOrDefault(b, -1) + 1);
        }
        for (Buffer b : step.writes()) {
            phase = Math.max(phase, Math.max(written.getOrDefault(b, -1), read.getOrDefault(b, -1)) + 1);
        }
        while (phase < phases.size() && phases.get(phase).getFirst().section() != step.section()) {
            phase++;
        }
        if (phase == phases.size()) {
            phases.add(new ArrayList<>());
        }
        phases.get(phase).add(step);
        for (Buffer b : step.reads()) {
            read.merge(b, phase, Math::max);
        }
        for (Buffer b : step.writes()) {
            written.merge(b, phase, Math::max);
        }
    }
}
