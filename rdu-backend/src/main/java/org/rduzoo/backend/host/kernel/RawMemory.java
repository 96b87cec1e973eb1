package org.rduzoo.backend.host.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// All memory of the process, by address.
///
/// Kernels check their operands once, when they are made ([Place]), and then load and store through this one constant
/// segment. The compiler knows its kind and its bounds, so that an access becomes a plain move whatever memory it is in
/// (arena, mapped file, scratch), and code compiled for one kernel is as good for the next.
public final class RawMemory {

    /// Address 0 to the highest.
    @SuppressWarnings("restricted")
    public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private RawMemory() {}

    public static float f32(long address) {
        return ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, address);
    }

    public static void f32(long address, float value) {
        ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, address, value);
    }

    public static float bf16(long address) {
        return Float.intBitsToFloat(ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, address) << 16);
    }

    /// Stores the nearest `bf16`, ties to even.
    public static void bf16(long address, float value) {
        ALL.set(ValueLayout.JAVA_SHORT_UNALIGNED, address, (short)
                (Float.floatToRawIntBits(ScalarFunctions.roundToBf16(value)) >>> 16));
    }

    public static long i64(long address) {
        return ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, address);
    }

    public static void i64(long address, long value) {
        ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, address, value);
    }

    public static void i32(long address, int value) {
        ALL.set(ValueLayout.JAVA_INT_UNALIGNED, address, value);
    }

    public static byte i8(long address) {
        return ALL.get(ValueLayout.JAVA_BYTE, address);
    }

    public static void i8(long address, byte value) {
        ALL.set(ValueLayout.JAVA_BYTE, address, value);
    }

    /// Copies `bytes` bytes between places that do not overlap.
    public static void copy(long from, long to, long bytes) {
        MemorySegment.copy(ALL, from, ALL, to, bytes);
    }
}
