package org.rduzoo.backend.host.gemm;

import java.util.ArrayList;
import java.util.List;

/// Rows or columns from `from` up to, not including, `to`.
public record Range(int from, int to) {

    int size() {
        return to - from;
    }

    /// Cuts `[0, count)` into at most `parts` ranges of nearly the same size; all borders but the last are multiples
    /// of `grain`.
    static List<Range> split(int count, int parts, int grain) {
        int grains = (count + grain - 1) / grain;
        List<Range> ranges = new ArrayList<>();
        for (int p = 0; p < parts; p++) {
            int from = (int) ((long) grains * p / parts) * grain;
            int to = Math.min((int) ((long) grains * (p + 1) / parts) * grain, count);
            if (from < to) {
                ranges.add(new Range(from, to));
            }
        }
        return ranges;
    }

    /// Cuts it into ranges of `size`, the last one less.
    List<Range> blocks(int size) {
        List<Range> ranges = new ArrayList<>();
        for (int i = from; i < to; i += size) {
            ranges.add(new Range(i, Math.min(i + size, to)));
        }
        return ranges;
    }
}
