package org.rduzoo.backend.host.simd;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.rduzoo.backend.host.kernel.RawMemory;

/// Vectors as wide as the processor has them, and their ways to and from memory. The virtual machine fixes the width
/// when it starts (`-XX:UseAVX`), and it stays: a constant, as compiled loops need it.
final class Lanes {

    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);

    /// As many `bf16` as there are lanes.
    static final VectorSpecies<Short> HALVES =
            VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));

    static final int COUNT = FLOATS.length();

    static final ByteOrder ORDER = ByteOrder.nativeOrder();

    static {
        int said = Integer.getInteger("rdu.lanes", COUNT);
        if (said != COUNT) {
            throw new LinkageError("vectors have %d lanes, but rdu.lanes is %d".formatted(COUNT, said));
        }
    }

    private Lanes() {}

    /// The largest multiple of the number of lanes that is at most `n`.
    static int whole(int n) {
        return n & -COUNT;
    }

    private static final VectorShuffle<Float> EIGHT_ON = VectorShuffle.iota(FLOATS, 8, 1, true);
    private static final VectorShuffle<Float> FOUR_ON = VectorShuffle.iota(FLOATS, 4, 1, true);
    static final VectorShuffle<Float> TWO_ON = VectorShuffle.iota(FLOATS, 2, 1, true);
    static final VectorShuffle<Float> ONE_ON = VectorShuffle.iota(FLOATS, 1, 1, true);

    /// The sum of all lanes, halves first: in one order, whoever compiles it, which the Vector API's own sum does not
    /// promise.
    static float sum(FloatVector v) {
        FloatVector s = v;
        if (COUNT >= 16) {
            s = s.add(s.rearrange(EIGHT_ON));
        }
        if (COUNT >= 8) {
            s = s.add(s.rearrange(FOUR_ON));
        }
        s = s.add(s.rearrange(TWO_ON));
        return s.add(s.rearrange(ONE_ON)).lane(0);
    }

    static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(FLOATS, RawMemory.ALL, address, ORDER);
    }

    static void store(FloatVector v, long address) {
        v.intoMemorySegment(RawMemory.ALL, address, ORDER);
    }

    static FloatVector splat(float value) {
        return FloatVector.broadcast(FLOATS, value);
    }

    /// As many `bf16` from `address` on, as `f32`.
    static FloatVector widen(long address) {
        ShortVector halves = ShortVector.fromMemorySegment(HALVES, RawMemory.ALL, address, ORDER);
        IntVector bits = (IntVector) halves.convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
        return bits.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    /// Of pairs of `bf16`, the first of each, which lies lower, as `f32`.
    static FloatVector even(IntVector pairs) {
        return pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    /// Of pairs of `bf16`, the second of each, as `f32`.
    static FloatVector odd(IntVector pairs) {
        return pairs.lanewise(VectorOperators.AND, Splat.UPPER_HALF).reinterpretAsFloats();
    }

    static void narrow(FloatVector v, long address) {
        IntVector bits = roundedBits(v).lanewise(VectorOperators.LSHR, 16);
        ShortVector halves = (ShortVector) bits.convertShape(VectorOperators.I2S, HALVES, 0);
        halves.intoMemorySegment(RawMemory.ALL, address, ORDER);
    }

    /// The largest of all lanes. A NaN may be lost.
    static float max(FloatVector v) {
        FloatVector m = v;
        if (COUNT >= 16) {
            m = larger(m, m.rearrange(EIGHT_ON));
        }
        if (COUNT >= 8) {
            m = larger(m, m.rearrange(FOUR_ON));
        }
        m = larger(m, m.rearrange(TWO_ON));
        return larger(m, m.rearrange(ONE_ON)).lane(0);
    }

    /// The larger in each lane; of a number and a NaN, either. The Vector API's own takes three times as many steps.
    static FloatVector larger(FloatVector a, FloatVector b) {
        return a.blend(b, b.compare(VectorOperators.GT, a));
    }

    /// The nearest `bf16` of positive numbers below the largest power of two, ties away from 0: fewer steps than
    /// [#narrow]. A NaN may come out as an infinity.
    static void narrowShares(FloatVector v, long address) {
        IntVector rounded = v.reinterpretAsInts().add(Splat.HALF_OF_BF16).lanewise(VectorOperators.LSHR, 16);
        ShortVector halves = (ShortVector) rounded.convertShape(VectorOperators.I2S, HALVES, 0);
        halves.intoMemorySegment(RawMemory.ALL, address, ORDER);
    }

    /// The nearest `bf16`, ties to even.
    static FloatVector round(FloatVector v) {
        return roundedBits(v).lanewise(VectorOperators.AND, Splat.UPPER_HALF).reinterpretAsFloats();
    }

    /// Bits whose upper half is the nearest `bf16`. NaN stays NaN: rounding could carry its payload away.
    private static IntVector roundedBits(FloatVector v) {
        IntVector bits = v.reinterpretAsInts();
        IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).lanewise(VectorOperators.AND, Splat.LOWEST_BIT);
        IntVector rounded = bits.add(odd).add(Splat.ALMOST_HALF);
        return rounded.blend(
                bits.lanewise(VectorOperators.OR, Splat.QUIET_NAN),
                v.test(VectorOperators.IS_NAN).cast(INTS));
    }
}
