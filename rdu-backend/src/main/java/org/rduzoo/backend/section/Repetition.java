package org.rduzoo.backend.section;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// A stretch of positions in which the same layer stands several times in a row.
///
/// @param begin of the first layer
/// @param period positions a layer
/// @param count layers
record Repetition(int begin, int period, int count) {

    private static final int FEWEST = 3;

    int end() {
        return begin + period * count;
    }

    /// The repetition that covers most of `[from, to)`, the shortest period first; layers begin where the fewest bytes
    /// cross.
    ///
    /// @param crossing [Flow#crossing]
    static Optional<Repetition> find(Flow flow, int from, int to, long[] crossing) {
        Repetition best = new Repetition(from, 0, 0);
        int length = 0;
        for (int period : candidates(flow, from, to)) {
            int run = 0;
            for (int p = from; p + period <= to; p++) {
                if (p + period < to && flow.alike(p, p + period)) {
                    run++;
                    continue;
                }
                int count = run / period + 1;
                if (count >= FEWEST && count * period > best.count * best.period) {
                    best = new Repetition(p - run, period, count);
                    length = run + period;
                }
                run = 0;
            }
        }
        return best.count == 0 ? Optional.empty() : Optional.of(best.shifted(length, crossing));
    }

    /// Distances between a node and the next that looks the same.
    private static int[] candidates(Flow flow, int from, int to) {
        Map<Integer, Integer> last = new HashMap<>();
        TreeSet<Integer> distances = new TreeSet<>();
        for (int p = from; p < to; p++) {
            Integer before = last.put(flow.signature[p], p);
            if (before != null && (long) (p - before) * FEWEST <= to - from) {
                distances.add(p - before);
            }
        }
        return distances.stream().mapToInt(Integer::intValue).toArray();
    }

    /// The layers of the same stretch, `length` positions long, that begin where the fewest bytes cross.
    private Repetition shifted(int length, long[] crossing) {
        int best = begin;
        for (int p = begin; p < begin + period; p++) {
            if (crossing[p] < crossing[best]) {
                best = p;
            }
        }
        return new Repetition(best, period, (begin + length - best) / period);
    }

    /// The ends of a cut of `[begin, begin + layers * period)`, repeated over all layers; the rest is `remainder`.
    int[] tile(int[] ends, int layers, int[] remainder) {
        int blocks = count / layers;
        int[] all = new int[blocks * ends.length + remainder.length];
        for (int b = 0; b < blocks; b++) {
            for (int i = 0; i < ends.length; i++) {
                all[b * ends.length + i] = ends[i] + b * layers * period;
            }
        }
        System.arraycopy(remainder, 0, all, blocks * ends.length, remainder.length);
        return all;
    }
}
