package org.rduzoo.backend.section;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.rduzoo.backend.fusion.FusionRules;

/// The cut that costs least, by dynamic programming over the order of the nodes, one section type after the other.
///
/// Unless all of them fit into one section, layers that repeat are cut alike, a few at a time, so that they share
/// programs. The cut never moves more bytes than [Fusion#patterns].
final class WholeGraphCut {

    private static final int LONGEST_SECTION = 512;

    /// How many layers may be cut alike.
    private static final int[] LAYERS = {1, 2, 3, 4, 6, 8, 12, 16};

    private final Flow flow;
    private final Extent extent;
    private final SectionCost cost;
    private final FusionRules rules;
    private final long[] crossing;

    WholeGraphCut(Flow flow, Extent extent, SectionCost cost, FusionRules rules) {
        this.flow = flow;
        this.extent = extent;
        this.cost = cost;
        this.rules = rules;
        crossing = flow.crossing();
    }

    int[] ends() {
        int[] patterns = Fusion.patterns(flow, extent, rules);
        int[] ends = {};
        int from = 0;
        while (from < flow.size) {
            int to = from + 1;
            while (to < flow.size && flow.type[to] == flow.type[from]) {
                to++;
            }
            int first = from;
            int last = to;
            ends = join(
                    ends,
                    ends(
                            first,
                            last,
                            Arrays.stream(patterns)
                                    .filter(e -> e > first && e <= last)
                                    .toArray()));
            from = to;
        }
        return ends;
    }

    /// The best cut of a range of one section type, of those that move no more bytes than `patterns` does.
    private int[] ends(int from, int to, int[] patterns) {
        int[] best = patterns;
        double least = seconds(from, patterns);
        long bytes = traffic(from, patterns);
        int[] cheapest = cheapest(from, to);
        List<int[]> cuts = new ArrayList<>(List.of(cheapest));
        if (cheapest.length > 1) {
            cuts.addAll(layered(from, to));
        }
        for (int[] ends : cuts) {
            double seconds = seconds(from, ends);
            if (seconds < least && traffic(from, ends) <= bytes) {
                least = seconds;
                best = ends;
            }
        }
        return best;
    }

    /// Cuts in which layers that repeat are cut alike, one, two … at a time.
    private List<int[]> layered(int from, int to) {
        Optional<Repetition> found = to > from ? Repetition.find(flow, from, to, crossing) : Optional.empty();
        if (found.isEmpty()) {
            return List.of(cheapest(from, to));
        }
        Repetition layers = found.get();
        int[] before = best(from, layered(from, layers.begin()));
        int[] after = best(layers.end(), layered(layers.end(), to));
        List<int[]> cuts = new ArrayList<>();
        for (int group : LAYERS) {
            for (int[] middle : group > layers.count() ? List.<int[]>of() : alike(layers, group)) {
                if (admissible(layers.begin(), middle)) {
                    int[] ends = join(join(before, middle), after);
                    cuts.add(without(layers.end(), from, to, without(layers.begin(), from, to, ends)));
                }
            }
        }
        return cuts.isEmpty() ? List.of(cheapest(from, to)) : cuts;
    }

    /// The one that costs least.
    private int[] best(int from, List<int[]> cuts) {
        return cuts.stream()
                .min(Comparator.comparingDouble(ends -> seconds(from, ends)))
                .orElseThrow();
    }

    /// The cut without the end at `border`, if that is cheaper: what comes before the layers may go with the first.
    private int[] without(int border, int from, int to, int[] ends) {
        if (border == from || border == to) {
            return ends;
        }
        int[] fewer = Arrays.stream(ends).filter(e -> e != border).toArray();
        return admissible(from, fewer) && seconds(from, fewer) < seconds(from, ends) ? fewer : ends;
    }

    /// The layers of a repetition, `group` at a time cut alike: where that costs least, and as one section.
    private List<int[]> alike(Repetition layers, int group) {
        int rest = layers.count() % group;
        int restBegin = layers.end() - rest * layers.period();
        int end = layers.begin() + group * layers.period();
        int[] remainder = cheapest(restBegin, layers.end());
        return List.of(
                layers.tile(cheapest(layers.begin(), end), group, remainder),
                layers.tile(new int[] {end}, group, remainder));
    }

    /// The cut of `[from, to)` whose sections cost least in sum, if each has another program than the one before.
    private int[] cheapest(int from, int to) {
        double[] least = new double[to - from + 1];
        int[] begin = new int[to - from + 1];
        Arrays.fill(least, 1, least.length, Double.POSITIVE_INFINITY);
        for (int end = from + 1; end <= to; end++) {
            extent.start(end);
            while (extent.begin() > Math.max(from, end - LONGEST_SECTION)) {
                extent.prepend();
                if (!extent.admissible()) {
                    break;
                }
                int b = extent.begin();
                double seconds = least[b - from] + cost.seconds(extent.demand()) + cost.programLoad();
                if (seconds < least[end - from]) {
                    least[end - from] = seconds;
                    begin[end - from] = b;
                }
            }
        }
        int[] ends = IntStream.iterate(to, e -> e > from, e -> begin[e - from]).toArray();
        Arrays.sort(ends);
        return ends;
    }

    /// Seconds of a cut; a program is loaded wherever another ran before.
    private double seconds(int from, int[] ends) {
        List<Integer> before = List.of();
        double seconds = 0;
        int begin = from;
        for (int end : ends) {
            List<Integer> program = flow.program(begin, end);
            seconds += cost.seconds(extent.demand(begin, end));
            seconds += program.equals(before) ? 0 : cost.programLoad();
            before = program;
            begin = end;
        }
        return seconds;
    }

    private long traffic(int from, int[] ends) {
        long bytes = 0;
        int begin = from;
        for (int end : ends) {
            bytes = OpCost.plus(bytes, extent.demand(begin, end).traffic());
            begin = end;
        }
        return bytes;
    }

    private boolean admissible(int from, int[] ends) {
        int begin = from;
        for (int end : ends) {
            extent.demand(begin, end);
            if (!extent.admissible()) {
                return false;
            }
            begin = end;
        }
        return true;
    }

    private static int[] join(int[] a, int[] b) {
        int[] joined = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, joined, a.length, b.length);
        return joined;
    }
}
