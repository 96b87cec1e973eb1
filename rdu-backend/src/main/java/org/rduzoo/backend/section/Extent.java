package org.rduzoo.backend.section;

import org.rduzoo.backend.arch.Deployment;

/// The demand of a range of positions, kept up to date while the range grows towards the front.
final class Extent {

    private final Flow flow;
    private final long pmuBytesEach;
    private final int pcuLimit;
    private final int pmuLimit;
    private final int[] seen; // by value: the generation in which it was last counted as coming from outside
    private final long[] whole; // by value: bytes counted of it at once, in that generation
    private final long[] parts; // and in slices
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
    private double pcuCycles;
    private double waits;
    private final int[] levelSeen; // by level: the generation in which a product was last counted at it
    private int depth;

    Extent(Flow flow, Deployment deployment) {
        this.flow = flow;
        pmuBytesEach = (long) deployment.arch().pmu().bytes().value();
        pcuLimit = deployment.pcus();
        pmuLimit = deployment.pmus();
        seen = new int[flow.root.length];
        whole = new long[flow.root.length];
        parts = new long[flow.root.length];
        levelSeen = new int[flow.size + 1];
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
        pcuCycles = 0;
        waits = 0;
        depth = 0;
    }

    int begin() {
        return begin;
    }

    /// Takes in the position before the range.
    void prepend() {
        int p = --begin;
        if (!flow.free[p]) {
            working++;
            if (flow.product[p] && levelSeen[flow.level[p]] != generation) {
                levelSeen[flow.level[p]] = generation;
                depth++;
            }
            double cycles = flow.work[p].pcuCycles();
            pcuCycles += cycles;
            waits += cycles / flow.work[p].tiles();
        }
        flops = OpCost.plus(flops, flow.flops[p]);
        leastPcus += flow.leastPcus[p];
        for (int v : flow.made[p]) {
            if (seen[v] == generation) {
                seen[v] = 0;
                bytesIn -= counted(v);
                hold(v, -2, false);
            }
            if (flow.lastUse[v] >= end) {
                bytesOut = OpCost.plus(bytesOut, flow.bytes[v]);
            }
            hold(v, depth(v, p), false);
        }
        for (int i = 0; i < flow.reads[p].length; i++) {
            takeIn(p, i);
        }
        weightBytes = OpCost.plus(weightBytes, flow.gatheredWeights[p]);
        bytesIn = OpCost.plus(bytesIn, flow.gatheredValues[p]);
        bytesIn = OpCost.plus(bytesIn, flow.aside[p] / 2);
        bytesOut = OpCost.plus(bytesOut, flow.aside[p] - flow.aside[p] / 2);
    }

    private void takeIn(int p, int i) {
        int v = flow.reads[p][i];
        long before = 0;
        if (seen[v] == generation) {
            before = counted(v);
        } else {
            seen[v] = generation;
            whole[v] = 0;
            parts[v] = 0;
            hold(v, 2, flow.streams[p]);
        }
        if (flow.partly[p][i]) {
            parts[v] = Math.min(flow.bytes[v], parts[v] + flow.readBytes[p][i]);
        } else {
            whole[v] = Math.max(whole[v], flow.readBytes[p][i]);
        }
        long more = counted(v) - before;
        if (flow.weight[v]) {
            weightBytes = OpCost.plus(weightBytes, more);
        } else {
            bytesIn = OpCost.plus(bytesIn, more);
        }
    }

    private long counted(int value) {
        return Math.max(whole[value], parts[value]);
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

    /// Adds buffers for a value; a negative depth takes them away. A still value lies there whole, once, unless it is
    /// streamed.
    private void hold(int value, int depth, boolean streamed) {
        boolean stays = flow.still[value] && !streamed;
        long bytes = stays ? flow.residentBytes[value] : flow.tileBytes[value];
        int copies = stays ? Integer.signum(depth) : depth;
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
                flow.type[begin],
                end - begin,
                flops,
                bytesIn,
                bytesOut,
                weightBytes,
                leastPcus,
                pmus,
                pmuBytes,
                pcuCycles,
                waits == 0 ? 1 : Math.max(1, pcuCycles / waits),
                Math.max(1, depth));
    }
}
