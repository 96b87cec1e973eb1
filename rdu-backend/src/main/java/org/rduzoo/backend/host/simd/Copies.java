package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.kernel.RawMemory.ALL;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Memory to arrays and back, whole rows at a time. What runs before it is compiled works on arrays, whose elements it
/// reaches twenty times faster than those of memory.
final class Copies {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    private Copies() {}

    static float[] floats(long address, int n) {
        float[] copy = new float[n];
        MemorySegment.copy(ALL, FLOAT, address, copy, 0, n);
        return copy;
    }

    static short[] shorts(long address, int n) {
        short[] copy = new short[n];
        MemorySegment.copy(ALL, SHORT, address, copy, 0, n);
        return copy;
    }

    static int[] ints(long address, int n) {
        int[] copy = new int[n];
        MemorySegment.copy(ALL, INT, address, copy, 0, n);
        return copy;
    }

    static void store(float[] from, long address) {
        MemorySegment.copy(from, 0, ALL, FLOAT, address, from.length);
    }

    static void store(short[] from, long address) {
        MemorySegment.copy(from, 0, ALL, SHORT, address, from.length);
    }

    static void copy(long from, long to, long bytes) {
        MemorySegment.copy(ALL, from, ALL, to, bytes);
    }

    /// To the nearest `bf16`, ties to even.
    static short[] narrow(float[] from) {
        short[] narrow = new short[from.length];
        for (int i = 0; i < from.length; i++) {
            int bits = Float.floatToRawIntBits(from[i]);
            int rounded = Float.isNaN(from[i]) ? bits | 0x00400000 : bits + 0x7fff + ((bits >>> 16) & 1);
            narrow[i] = (short) (rounded >>> 16);
        }
        return narrow;
    }

    /// As `f32`.
    static float[] widen(short[] from) {
        float[] wide = new float[from.length];
        for (int i = 0; i < from.length; i++) {
            wide[i] = Float.intBitsToFloat(from[i] << 16);
        }
        return wide;
    }
}
