package org.rduzoo.ir;

/// Rounds `f32` to `bf16` at random, up or down with the likelihood of its nearness, so that the mean is the number
/// itself. The random numbers are a function of the seed, the layer and the element's index alone, as those of
/// [DropoutNumbers]: the same for any number of threads and any order.
public final class RoundingNumbers {

    private static final int LOST_BITS = 16;

    private RoundingNumbers() {}

    /// The `bf16` that element `index` becomes.
    ///
    /// @param key [DropoutNumbers#key]
    public static short round(float x, long key, int index) {
        int bits = Float.floatToRawIntBits(x);
        if (Float.isNaN(x)) {
            return (short) ((bits >>> LOST_BITS) | 0x40);
        }
        // What is lost, plus a number of as many bits, carries into what stays as often as it is near the next.
        return (short) ((bits + (DropoutNumbers.bits(key, index) >>> LOST_BITS)) >>> LOST_BITS);
    }

    /// [#round] for any index, as a number.
    static double round(double x, long seed, long layer, long index) {
        short rounded = round((float) x, DropoutNumbers.key(seed, layer, index >>> 32), (int) index);
        return Float.intBitsToFloat(rounded << LOST_BITS);
    }
}
