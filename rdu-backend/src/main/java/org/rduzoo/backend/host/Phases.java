package org.rduzoo.backend.host;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Puts steps that need nothing of each other together, so that threads need not wait for one another between them: the
/// projections of one layer, the rotations that follow them.
///
/// A step moves forward over a few phases at most, so that what it makes does not lie about for long, and never into
/// another section.
final class Phases {

    /// How many phases a step may move forward.
    private static final int FORWARD = 4;

    private final List<List<Step>> phases = new ArrayList<>();

    /// By the numbers of buffers, the last phase that writes each, and reads it; −1 for none.
    private final int[] written;
    private final int[] read;

    private Phases(int buffers) {
        written = new int[buffers];
        read = new int[buffers];
        Arrays.fill(written, -1);
        Arrays.fill(read, -1);
    }

    static List<List<Step>> of(List<Step> steps, int buffers) {
        Phases loading = new Phases(buffers);
        steps.stream().filter(Step::loading).forEach(loading::add);
        Phases running = new Phases(buffers);
        steps.stream().filter(s -> !s.loading()).forEach(running::add);
        loading.phases.addAll(running.phases);
        return loading.phases.stream().map(List::copyOf).toList();
    }

    private void add(Step step) {
        int phase = Math.max(0, phases.size() - FORWARD);
        for (Buffer b : step.reads()) {
            phase = Math.max(phase, written[b.number()] + 1);
        }
        for (Buffer b : step.writes()) {
            phase = Math.max(phase, Math.max(written[b.number()], read[b.number()]) + 1);
        }
        while (phase < phases.size() && phases.get(phase).getFirst().section() != step.section()) {
            phase++;
        }
        if (phase == phases.size()) {
            phases.add(new ArrayList<>());
        }
        phases.get(phase).add(step);
        for (Buffer b : step.reads()) {
            read[b.number()] = Math.max(read[b.number()], phase);
        }
        for (Buffer b : step.writes()) {
            written[b.number()] = Math.max(written[b.number()], phase);
        }
    }
}
