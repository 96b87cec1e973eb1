package org.rduzoo.backend.section;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/// The cut that costs least, by dynamic programming over the order of the nodes, one section type after the other.
///
/// Unless all of them fit into one section, layers that repeat are cut alike, a few at a time, so that they share
/// programs. The cut never moves more bytes than [Fusion#patterns].
final class WholeGraphCut {

    private static final int LONGEST_SECTION = 1024;
    private static final int MOST_LAYERS = 16;

    private final Flow flow;
    private final Extent extent;
    private final SectionCost cost;
    private final long[] crossing;

    WholeGraphCut(Flow flow, Extent extent, SectionCost cost) {
        this.flow = flow;
        this.extent = extent;
        this.cost = cost;
        crossing = flow.crossing();
    }

    int[] ends() {
        int[] patterns = Fusion.patterns(flow, extent);
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

    /// The best cut of a range of one section type, which moves no more bytes than `patterns` does.
    private int[] ends(int from, int to, int[] patterns) {
        int[] ends = cheapest(from, to, 1);
        if (ends.length > 1) {
            ends = layered(from, to);
        }
        return traffic(from, ends) <= traffic(from, patterns) ? ends : patterns;
    }

    /// A cut in which layers that repeat are cut alike.
    private int[] layered(int from, int to) {
        Optional<Repetition> found = to > from ? Repetition.find(flow, from, to, crossing) : Optional.empty();
        if (found.isEmpty()) {
            return cheapest(from, to, 1);
        }
        Repetition layers = found.get();
        int[] before = layered(from, layers.begin());
        int[] after = layered(layers.end(), to);
        int[] best = {};
        double least = Double.POSITIVE_INFINITY;
        for (int group = 1; group <= Math.min(layers.count(), MOST_LAYERS); group++) {
            int[] ends = alike(layers, group);
            double seconds = seconds(layers.begin(), ends);
            if (seconds < least && admissible(layers.begin(), ends)) {
                least = seconds;
                best = ends;
            }
        }
        int[] middle = best.length == 0 ? cheapest(layers.begin(), layers.end(), 1) : best;
        int[] ends = join(join(before, middle), after);
        return without(layers.end(), from, to, without(layers.begin(), from, to, ends));
    }

    /// The cut without the end at `border`, if that is cheaper: what comes before the layers may go with the first.
    private int[] without(int border, int from, int to, int[] ends) {
        if (border == from || border == to) {
            return ends;
        }
        int[] fewer = Arrays.stream(ends).filter(e -> e != border).toArray();
        return admissible(from, fewer) && seconds(from, fewer) < seconds(from, ends) ? fewer : ends;
    }

    /// The layers of a repetition, `group` at a time cut alike.
    private int[] alike(Repetition layers, int group) {
        int rest = layers.count() % group;
        int restBegin = layers.end() - rest * layers.period();
        int[] ends = cheapest(layers.begin(), layers.begin() + group * layers.period(), layers.count() / group);
        return layers.tile(ends, group, cheapest(restBegin, layers.end(), 1));
    }

    /// The cut of `[from, to)` whose sections cost least in sum, if each program runs `runs` times.
    private int[] cheapest(int from, int to, int runs) {
        double programLoad = cost.programLoad() / runs;
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
                double seconds = least[b - from] + cost.seconds(extent.demand()) + programLoad;
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

    private double seconds(int from, int[] ends) {
        Set<List<Integer>> programs = new HashSet<>();
        double seconds = 0;
        int begin = from;
        for (int end : ends) {
            seconds += cost.seconds(extent.demand(begin, end));
            programs.add(flow.program(begin, end));
            begin = end;
        }
        return seconds + programs.size() * cost.programLoad();
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
