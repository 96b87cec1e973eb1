package org.rduzoo.backend.section;

import org.rduzoo.backend.arch.Arch;

/// The demand of a range of positions, kept up to date while the range grows towards the front.
final class Extent {

    private final Flow flow;
    private final long pmuBytesEach;
    private final int pcuLimit;
    private final int pmuLimit;
    private final int[] seen; // by value: the generation in which it was last counted as coming from outside
    private int generation;

    private int begin;
    private int end;
    private int working;
    private long flops;
    private long bytesIn;
    private long bytesOut;
    private long weightBytes;
    private int leastPcus;
    private long pmus;
    private long pmuBytes;

    Extent(Flow flow, Arch arch, int tiles) {
        this.flow = flow;
        pmuBytesEach = (long) arch.pmu().bytes().value();
        pcuLimit = arch.pcus(tiles);
        pmuLimit = arch.pmus(tiles);
        seen = new int[flow.root.length];
    }

    /// The demand of `[begin, end)`.
    SectionDemand demand(int from, int to) {
        start(to);
        while (begin > from) {
            prepend();
        }
        return demand();
    }

    /// Starts over with the empty range before `to`.
    void start(int to) {
        generation++;
        begin = to;
        end = to;
        working = 0;
        flops = 0;
        bytesIn = 0;
        bytesOut = 0;
        weightBytes = 0;
        leastPcus = 0;
        pmus = 0;
        pmuBytes = 0;
    }

    int begin() {
        return begin;
    }

    /// Takes in the position before the range.
    void prepend() {
        int p = --begin;
        working += flow.free[p] ? 0 : 1;
        flops = OpCost.plus(flops, flow.flops[p]);
        leastPcus += flow.leastPcus[p];
        for (int v : flow.made[p]) {
            if (seen[v] == generation) {
                seen[v] = 0;
                bytesIn -= flow.bytes[v];
                hold(v, -2);
            }
            if (flow.lastUse[v] >= end) {
                bytesOut = OpCost.plus(bytesOut, flow.bytes[v]);
            }
            hold(v, depth(v, p));
        }
        for (int v : flow.reads[p]) {
            if (seen[v] != generation) {
                seen[v] = generation;
                if (flow.weight[v]) {
                    weightBytes = OpCost.plus(weightBytes, flow.bytes[v]);
                } else {
                    bytesIn = OpCost.plus(bytesIn, flow.bytes[v]);
                }
                hold(v, 2);
            }
        }
        weightBytes = OpCost.plus(weightBytes, flow.gatheredWeights[p]);
        bytesIn = OpCost.plus(bytesIn, flow.gatheredValues[p]);
    }

    /// Two tiles between neighbours; on a skip, one for each stage that the value waits for, and one.
    private int depth(int value, int p) {
        int depth = 2;
        int[] uses = flow.uses[value];
        for (int i = 0; i < flow.useCount[value] && uses[i] < end; i++) {
            depth = Math.max(depth, 1 + flow.level[uses[i]] - flow.level[p]);
        }
        return depth;
    }

    /// Adds buffers for a value; a negative depth takes them away. A still value lies there whole, once.
    private void hold(int value, int depth) {
        long bytes = flow.still[value] ? flow.bytes[value] : flow.tileBytes[value];
        int copies = flow.still[value] ? Integer.signum(depth) : depth;
        pmus += Math.max(1, OpCost.ceil(bytes, pmuBytesEach)) * copies;
        pmuBytes += bytes * copies;
    }

    boolean fits() {
        return leastPcus <= pcuLimit && pmus <= pmuLimit;
    }

    /// Whether the range can be a section: it fits, or is a single operation, which streams what does not.
    boolean admissible() {
        return fits() || working <= 1;
    }

    SectionDemand demand() {
        return new SectionDemand(
                flow.type[begin], end - begin, flops, bytesIn, bytesOut, weightBytes, leastPcus, pmus, pmuBytes);
    }
}
