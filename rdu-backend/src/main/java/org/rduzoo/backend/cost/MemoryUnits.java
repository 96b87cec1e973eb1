package org.rduzoo.backend.cost;

import java.util.List;
import java.util.stream.IntStream;
import org.rduzoo.backend.section.StageBuffer;

/// How the memory units of a chip are shared among the buffers of a section: each gets those that hold it, then those
/// more with which no stage waits for it, or, where there are too few, waits no longer than for others.
final class MemoryUnits {

    private static final int STEPS = 40;

    private final List<StageBuffer> buffers;
    private final int stages;
    private final double each;
    private final int units;
    private final double[] wanted;

    /// @param compute seconds by stage
    /// @param each bytes a second that a unit takes in, and as many that it hands out
    MemoryUnits(List<StageBuffer> buffers, double[] compute, double each, int units) {
        this.buffers = buffers;
        stages = compute.length;
        this.each = each;
        this.units = units;
        wanted = new double[buffers.size()];
        for (int i = 0; i < wanted.length; i++) {
            double fastest = buffers.get(i)
                    .stages()
                    .mapToDouble(s -> compute[s])
                    .filter(seconds -> seconds > 0)
                    .min()
                    .orElse(Double.POSITIVE_INFINITY);
            wanted[i] = buffers.get(i).passing() / each / fastest;
        }
    }

    /// The buffers with units to be so many times as fast as the fastest stage that waits for them.
    List<StageBuffer> share(double faster) {
        double low = 1 / faster;
        double high = low;
        while (sum(high) > units && high < 1e18) {
            low = high;
            high *= 2;
        }
        for (int i = 0; i < STEPS && high > low * (1 + 1e-3); i++) {
            double middle = (low + high) / 2;
            if (sum(middle) <= units) {
                high = middle;
            } else {
                low = middle;
            }
        }
        double slower = high;
        return IntStream.range(0, wanted.length)
                .mapToObj(i -> buffers.get(i).withPmus(count(i, slower)))
                .toList();
    }

    private int count(int buffer, double slower) {
        return Math.max(buffers.get(buffer).pmus(), (int) Math.min(units, Math.ceil(wanted[buffer] / slower)));
    }

    private long sum(double slower) {
        long sum = 0;
        for (int i = 0; i < wanted.length; i++) {
            sum += count(i, slower);
        }
        return sum;
    }

    /// Seconds by stage that the busiest memory units take which it reads or fills.
    double[] seconds(List<StageBuffer> shared) {
        double[] seconds = new double[stages];
        for (StageBuffer b : shared) {
            double own = b.passing() / (each * b.pmus());
            b.stages().forEach(s -> seconds[s] = Math.max(seconds[s], own));
        }
        return seconds;
    }
}
