package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.simd.Lanes.COUNT;
import static org.rduzoo.backend.host.simd.Lanes.INTS;
import static org.rduzoo.backend.host.simd.Lanes.load;
import static org.rduzoo.backend.host.simd.Lanes.store;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.rduzoo.backend.host.kernel.RawMemory;
import org.rduzoo.ir.DropoutNumbers;

/// Dropout by vectors: as many numbers of [DropoutNumbers] at a time as there are lanes.
final class Dropping {

    private static final IntVector STEPS = IntVector.broadcast(INTS, 0).addIndex(1);

    private Dropping() {}

    static void run(long x, long y, long key, int index, float probability, float scale, int n) {
        int whole = Lanes.whole(n);
        // Numbers are multiples of 2⁻²⁴, and so compare as integers.
        int least = (int) Math.ceil((double) probability * 0x1p24);
        IntVector low = IntVector.broadcast(INTS, (int) key);
        IntVector high = IntVector.broadcast(INTS, (int) (key >>> 32));
        FloatVector zero = Lanes.splat(0);
        for (int i = 0; i < whole; i += COUNT) {
            IntVector h = mix(STEPS.add(index + i).add(low));
            h = mix(h.lanewise(VectorOperators.XOR, high)).lanewise(VectorOperators.LSHR, 8);
            VectorMask<Float> kept = h.compare(VectorOperators.GE, least).cast(Lanes.FLOATS);
            store(zero.blend(load(x + 4L * i).mul(scale), kept), y + 4L * i);
        }
        for (int i = whole; i < n; i++) {
            boolean kept = DropoutNumbers.uniform(key, index + i) >= probability;
            RawMemory.f32(y + 4L * i, kept ? RawMemory.f32(x + 4L * i) * scale : 0);
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
