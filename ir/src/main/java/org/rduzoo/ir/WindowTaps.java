package org.rduzoo.ir;

import java.util.Arrays;
import java.util.List;

/// Which place each tap of a window meets at each of its positions, for the reference interpreter: places and positions
/// counted through in row-major order.
///
/// @param taps taps of the window
/// @param meets for position `p` and tap `t`, at `p · taps + t`, the place, or −1 in the padding
record WindowTaps(int positions, int places, int taps, int[] meets) {

    /// @param places behind the channels of the wider side
    /// @param positions behind the channels of the narrower one
    static WindowTaps of(Window window, List<Integer> places, List<Integer> positions) {
        int count = product(positions);
        int taps = product(window.kernel());
        int[] meets = new int[Math.multiplyExact(count, taps)];
        for (int p = 0; p < count; p++) {
            int[] position = unravel(p, positions);
            for (int t = 0; t < taps; t++) {
                meets[p * taps + t] = place(window, places, position, unravel(t, window.kernel()));
            }
        }
        return new WindowTaps(count, product(places), taps, meets);
    }

    private static int place(Window window, List<Integer> places, int[] position, int[] tap) {
        int place = 0;
        for (int d = 0; d < position.length; d++) {
            int at = position[d] * window.stride().get(d)
                    - window.padding().get(d)
                    + tap[d] * window.dilation().get(d);
            if (at < 0 || at >= places.get(d)) {
                return -1;
            }
            place = place * places.get(d) + at;
        }
        return place;
    }

    /// How many taps stand at a place or in the padding, and not beyond it.
    static int tapsWithinPadding(Window window, List<Integer> places, List<Integer> positions, int position) {
        int[] at = unravel(position, positions);
        int count = 1;
        for (int d = 0; d < at.length; d++) {
            int start = at[d] * window.stride().get(d) - window.padding().get(d);
            int end = places.get(d) + window.padding().get(d);
            count *= Math.min(start + window.kernel().get(d), end) - start;
        }
        return count;
    }

    static int[] unravel(int index, List<Integer> sizes) {
        int[] at = new int[sizes.size()];
        int rest = index;
        for (int d = at.length - 1; d >= 0; d--) {
            at[d] = rest % sizes.get(d);
            rest /= sizes.get(d);
        }
        return at;
    }

    static int product(List<Integer> sizes) {
        return sizes.stream().reduce(1, Math::multiplyExact);
    }

    /// The place that a tap meets, or −1.
    int at(int position, int tap) {
        return meets[position * taps + tap];
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof WindowTaps w
                && positions == w.positions
                && places == w.places
                && taps == w.taps
                && Arrays.equals(meets, w.meets);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(meets);
    }
}
