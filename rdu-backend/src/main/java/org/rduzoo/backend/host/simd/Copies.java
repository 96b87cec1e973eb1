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

    static void store(int[] from, long address) {
        MemorySegment.copy(from, 0, ALL, INT, address, from.length);
    }

    /// Rounds `f32`, given by their bits, to the nearest `bf16`, ties to even.
    static void round(int[] bits) {
        for (int i = 0; i < bits.length; i++) {
            int b = bits[i];
            // What is above infinity is no number, and stays none.
            int rounded = (b & 0x7fffffff) > 0x7f800000 ? b | 0x00400000 : b + 0x7fff + ((b >>> 16) & 1);
            bits[i] = rounded & 0xffff0000;
        }
    }

    /// To the nearest `bf16`, ties to even.
    static short[] narrow(int[] bits) {
        round(bits);
        short[] narrow = new short[bits.length];
        for (int i = 0; i < bits.length; i++) {
            narrow[i] = (short) (bits[i] >>> 16);
        }
        return narrow;
    }

    /// As the other `narrow`.
    static short[] narrow(float[] from) {
        int[] bits = new int[from.length];
        for (int i = 0; i < from.length; i++) {
            bits[i] = Float.floatToRawIntBits(from[i]);
        }
        return narrow(bits);
    }

    /// As `f32`, by their bits.
    static int[] widened(short[] from) {
        int[] wide = new int[from.length];
        for (int i = 0; i < from.length; i++) {
            wide[i] = from[i] << 16;
        }
        return wide;
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
