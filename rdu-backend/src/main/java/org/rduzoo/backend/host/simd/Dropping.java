package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.simd.Lanes.COUNT;
import static org.rduzoo.backend.host.simd.Lanes.INTS;
import static org.rduzoo.backend.host.simd.Lanes.load;
import static org.rduzoo.backend.host.simd.Lanes.store;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.rduzoo.backend.host.kernel.RawMemory;
import org.rduzoo.ir.DropoutNumbers;

/// Dropout by vectors: as many numbers of [DropoutNumbers] at a time as there are lanes.
final class Dropping {

    private static final IntVector STEPS = IntVector.broadcast(INTS, 0).addIndex(1);

    /// [#dropBf16], compiled by itself.
    static final Outlined BF16 = Outlined.of(
            Dropping.class, "dropBf16", void.class, long.class, long.class, int.class, int.class, int.class);

    private Dropping() {}

    static void run(long x, long y, long key, int index, float probability, float scale, int n) {
        int whole = Lanes.whole(n);
        int least = least(probability);
        IntVector low = IntVector.broadcast(INTS, (int) key);
        IntVector high = IntVector.broadcast(INTS, (int) (key >>> 32));
        FloatVector zero = Lanes.splat(0);
        for (int i = 0; i < whole; i += COUNT) {
            VectorMask<Float> kept = kept(STEPS.add(index + i), low, high, least);
            store(zero.blend(load(x + 4L * i).mul(scale), kept), y + 4L * i);
        }
        for (int i = whole; i < n; i++) {
            boolean kept = DropoutNumbers.uniform(key, index + i) >= probability;
            RawMemory.f32(y + 4L * i, kept ? RawMemory.f32(x + 4L * i) * scale : 0);
        }
    }

    /// Numbers are multiples of 2⁻²⁴, and so compare as integers: what is kept has this one at least.
    static int least(float probability) {
        return (int) Math.ceil((double) probability * 0x1p24);
    }

    /// Which of the elements at these places are kept.
    ///
    /// @param low the lower half of the key
    /// @param high the upper half
    static VectorMask<Float> kept(IntVector index, IntVector low, IntVector high, int least) {
        IntVector h = mix(mix(index.add(low)).lanewise(VectorOperators.XOR, high));
        return h.lanewise(VectorOperators.LSHR, 8)
                .compare(VectorOperators.GE, least)
                .cast(Lanes.FLOATS);
    }

    /// Gives 0 to those of `n` shares from `x` on that are dropped; `n` is a multiple of the lanes. Called through
    /// [Outlined].
    ///
    /// @param index the place of the first of them in its row
    static void dropBf16(long x, long key, int index, int least, int n) {
        IntVector low = IntVector.broadcast(INTS, (int) key);
        IntVector high = IntVector.broadcast(INTS, (int) (key >>> 32));
        ShortVector zero = ShortVector.zero(Lanes.HALVES);
        for (int i = 0; i < n; i += COUNT) {
            VectorMask<Float> kept = kept(STEPS.add(index + i), low, high, least);
            ShortVector share = ShortVector.fromMemorySegment(Lanes.HALVES, RawMemory.ALL, x + 2L * i, Lanes.ORDER);
            zero.blend(share, kept.cast(Lanes.HALVES)).intoMemorySegment(RawMemory.ALL, x + 2L * i, Lanes.ORDER);
        }
    }

    private static IntVector mix(IntVector x) {
        IntVector h = x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, 16))
                .mul(DropoutNumbers.FIRST);
        h = h.lanewise(VectorOperators.XOR, h.lanewise(VectorOperators.LSHR, 15))
                .mul(DropoutNumbers.SECOND);
        return h.lanewise(VectorOperators.XOR, h.lanewise(VectorOperators.LSHR, 16));
    }
}
