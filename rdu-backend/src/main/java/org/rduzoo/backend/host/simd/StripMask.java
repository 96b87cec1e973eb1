package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.simd.Panel.WIDTH;

import java.util.Arrays;
import org.rduzoo.backend.host.kernel.AttentionSpec;

/// Which keys the queries in the columns of a panel must not see.
final class StripMask {

    private StripMask() {}

    /// Gives −∞ to the hidden scores of a strip of `n` keys from `from` on.
    ///
    /// @param positions the columns' positions, from `at` on, none below `lowest` or above `highest`
    /// @param segments the columns' segments, from `at` on, if there are segments
    static void hide(
            AttentionSpec spec,
            int b,
            float[] strip,
            int from,
            int n,
            int[] positions,
            int[] segments,
            int at,
            int lowest,
            int highest) {
        for (int i = 0; i < n; i++) {
            int key = from + i;
            if (spec.isHidden(b, key)) {
                Arrays.fill(strip, i * WIDTH, (i + 1) * WIDTH, Float.NEGATIVE_INFINITY);
                continue;
            }
            if (spec.causal() && key > lowest) {
                StripSoftmax.hideAbove(strip, i, positions, at, key);
            }
            if (spec.window() != 0 && key <= highest - spec.window()) {
                StripSoftmax.hideBelow(strip, i, positions, at, key + spec.window() - 1);
            }
            if (spec.segments().isPresent()) {
                StripSoftmax.hideOthers(strip, i, segments, at, (int) spec.segmentOf(b, key));
            }
        }
    }
}
