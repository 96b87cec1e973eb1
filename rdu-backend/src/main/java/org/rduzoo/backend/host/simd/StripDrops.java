package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.simd.Panel.WIDTH;

import org.rduzoo.backend.host.kernel.AttentionSpec;

/// Dropout of a strip's shares: what its columns' numbers come from, and what each share is multiplied with.
final class StripDrops {

    private static final Outlined RAISES = Outlined.of(
            StripSoftmax.class,
            "raises",
            void.class,
            float[].class,
            int.class,
            int[].class,
            int.class,
            int.class,
            float.class);
    private static final Outlined TIMES =
            Outlined.of(StripSoftmax.class, "times", void.class, float[].class, float[].class, int.class);

    private final AttentionSpec spec;
    private final int[] keys;
    private final float[] raises;
    private float probability;

    /// @param panels how many panels are at work together
    /// @param rows the most of a strip
    StripDrops(AttentionSpec spec, int panels, int rows) {
        this.spec = spec;
        boolean any = spec.drops().isPresent();
        keys = new int[any ? panels * 2 * WIDTH : 0];
        raises = new float[any ? rows * WIDTH : 0];
    }

    /// Begins a run, and with it perhaps another probability.
    void begin() {
        probability = spec.dropProbability();
    }

    boolean isAny() {
        return probability > 0;
    }

    /// Notes which query stands in a column.
    void column(int panel, int lane, int batch, int head, int token) {
        if (isAny()) {
            long key = spec.dropKey(batch, head, token);
            keys[panel * 2 * WIDTH + lane] = (int) key;
            keys[panel * 2 * WIDTH + WIDTH + lane] = (int) (key >>> 32);
        }
    }

    /// Finds the factors of a strip of `n` keys from `first` on.
    void find(int panel, int first, int n) {
        RAISES.run(raises, n, keys, panel * 2 * WIDTH, first, probability);
    }

    /// Multiplies the first `n` rows of a strip by the factors that were found.
    void apply(float[] strip, int n) {
        TIMES.run(strip, raises, n);
    }
}
