package org.rduzoo.backend.cost;

import java.util.List;
import org.rduzoo.backend.section.StageNode;
import org.rduzoo.backend.section.StageWork;

/// How the compute units of a chip are shared among the stages of a section: each gets its least, then the slowest
/// more,
/// until units run out or more would not help because memory is slower.
///
/// @param pcus by stage
/// @param cycles by stage, of all tiles
/// @param tiles that follow each other through the pipeline
/// @param pipeline cycles from the first tile's start to the last one's end
record Allocation(int[] pcus, double[] cycles, double tiles, double pipeline) {

    private static final int STEPS = 48;

    /// @param fewest that a stage gets, beyond what its operation needs
    /// @param units to share
    /// @param enough cycles that memory takes: a pipeline need not be faster
    static Allocation of(List<StageNode> stages, int[] fewest, int units, double enough) {
        double tiles = tiles(stages);
        double low = 0;
        double high = 1;
        for (StageNode s : stages) {
            StageWork w = s.work();
            low = Math.max(low, w.pieces() == 0 ? 0 : w.cyclesEach() + w.fill());
            high = Math.max(high, w.cycles(1));
        }
        int[] least = share(stages, fewest, low);
        if (sum(least) <= units) {
            high = low;
        }
        for (int i = 0; i < STEPS && high > low * (1 + 1e-6); i++) {
            double middle = (low + high) / 2;
            if (sum(share(stages, fewest, middle)) <= units) {
                high = middle;
            } else {
                low = middle;
            }
        }
        Allocation fastest = at(stages, fewest, high, tiles, units);
        return fastest.pipeline >= enough ? fastest : slower(stages, fewest, fastest, high, enough, units);
    }

    /// The allocation with the fewest units whose pipeline takes no longer than `enough`.
    private static Allocation slower(
            List<StageNode> stages, int[] fewest, Allocation fastest, double target, double enough, int units) {
        Allocation best = fastest;
        double low = target;
        double high = Math.max(target, enough);
        for (int i = 0; i < STEPS && high > low * (1 + 1e-3); i++) {
            double middle = (low + high) / 2;
            Allocation a = at(stages, fewest, middle, best.tiles, units);
            if (a.pipeline <= enough) {
                best = a;
                low = middle;
            } else {
                high = middle;
            }
        }
        return best;
    }

    private static Allocation at(List<StageNode> stages, int[] fewest, double target, double tiles, int units) {
        int[] pcus = share(stages, fewest, target);
        if (sum(pcus) > units) {
            // A single operation that needs more passes than there are units: they take turns.
            for (int i = 0; i < pcus.length; i++) {
                pcus[i] = Math.min(pcus[i], units);
            }
        }
        double[] cycles = new double[pcus.length];
        double slowest = 0;
        double way = 0;
        int deepest = stages.stream().mapToInt(StageNode::depth).max().orElse(0);
        double[] depths = new double[deepest + 1];
        for (int i = 0; i < cycles.length; i++) {
            cycles[i] = stages.get(i).work().cycles(pcus[i]);
            slowest = Math.max(slowest, cycles[i]);
            int depth = stages.get(i).depth();
            depths[depth] = Math.max(depths[depth], cycles[i]);
        }
        for (double d : depths) {
            way += d;
        }
        return new Allocation(pcus, cycles, tiles, way / tiles + (1 - 1 / tiles) * slowest);
    }

    /// The fewest units with which no stage takes longer than `target`.
    private static int[] share(List<StageNode> stages, int[] fewest, double target) {
        int[] pcus = new int[stages.size()];
        for (int i = 0; i < pcus.length; i++) {
            StageWork w = stages.get(i).work();
            if (w.pieces() > 0) {
                double passes = Math.max(1, Math.floor((target - w.fill()) / w.cyclesEach() + 1e-9));
                int least = Math.max(w.leastPcus(), fewest[i]);
                pcus[i] = (int) Math.max(least, Math.min(1e8, Math.ceil(w.pieces() / passes)));
            }
        }
        return pcus;
    }

    private static int sum(int[] pcus) {
        long sum = 0;
        for (int n : pcus) {
            sum += n;
        }
        return (int) Math.min(sum, Integer.MAX_VALUE);
    }

    /// How many tiles follow each other: the mean of what the stages can do, by their work, for one that works on a
    /// single row keeps all others waiting.
    private static double tiles(List<StageNode> stages) {
        double work = 0;
        double waits = 0;
        for (StageNode s : stages) {
            double w = s.work().pcuCycles();
            work += w;
            waits += w / s.work().tiles();
        }
        return work == 0 ? 1 : Math.max(1, work / waits);
    }
}
