package org.rduzoo.ir;

/// The random numbers of [Elementwise.Dropout] and of the dropout of a [Product.Attention]: a function of the seed, the
/// layer and the element's place alone, so that they are the same in the forward and the backward pass, for any number
/// of threads and any order.
///
/// The seed and the layer make a key of 64 bits by SplitMix64's finisher, of which element `i` mixes each half into the
/// low half of `i` by two rounds of a 32-bit finisher; the upper 24 bits of the outcome are a fraction of 1. The high
/// half of `i` goes into the key. In attention, the row goes into the key, and `i` is the place in it.
public final class DropoutNumbers {

    /// The factors of the 32-bit finisher, whose shifts are 16, 15 and 16.
    public static final int FIRST = 0x7feb352d;

    public static final int SECOND = 0x846ca68b;

    private static final long LAYER_STEP = 0x9e3779b97f4a7c15L;
    private static final float UNIT = 0x1p-24f;

    private DropoutNumbers() {}

    /// What the elements from `block · 2³²` on, or those of a row of attention, have in common.
    public static long key(long seed, long layer, long block) {
        return finish(finish(seed + LAYER_STEP * (layer + 1)) ^ block);
    }

    /// The number, from 0 to 1 exclusive, of the element whose index has this low half.
    public static float uniform(long key, int index) {
        return (bits(key, index) >>> 8) * UNIT;
    }

    /// The 32 random bits of the element whose index has this low half.
    static int bits(long key, int index) {
        return mix(mix(index + (int) key) ^ (int) (key >>> 32));
    }

    /// [#uniform] for any index.
    static float uniform(long seed, long layer, long index) {
        return uniform(key(seed, layer, index >>> 32), (int) index);
    }

    private static int mix(int x) {
        int h = (x ^ (x >>> 16)) * FIRST;
        h = (h ^ (h >>> 15)) * SECOND;
        return h ^ (h >>> 16);
    }

    private static long finish(long x) {
        long h = (x ^ (x >>> 30)) * 0xbf58476d1ce4e5b9L;
        h = (h ^ (h >>> 27)) * 0x94d049bb133111ebL;
        return h ^ (h >>> 31);
    }
}
