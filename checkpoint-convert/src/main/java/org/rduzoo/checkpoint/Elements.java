package org.rduzoo.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.rduzoo.ir.DType;

/// The elements of a tensor as numbers, whatever they are stored as.
final class Elements {

    private Elements() {}

    /// Reads `n` elements from the `first` on into `to`. Whole numbers beyond 2^53 are rounded.
    static void read(MemorySegment from, DType dtype, long first, int n, double[] to) {
        switch (dtype) {
            case F32 -> {
                for (int i = 0; i < n; i++) {
                    to[i] = from.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * (first + i));
                }
            }
            case F64 -> {
                for (int i = 0; i < n; i++) {
                    to[i] = from.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8 * (first + i));
                }
            }
            case BF16 -> {
                for (int i = 0; i < n; i++) {
                    to[i] = Float.intBitsToFloat(from.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * (first + i)) << 16);
                }
            }
            case F16 -> {
                for (int i = 0; i < n; i++) {
                    to[i] = Float.float16ToFloat(from.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * (first + i)));
                }
            }
            case F8_E4M3 -> {
                for (int i = 0; i < n; i++) {
                    to[i] = e4m3(from.get(ValueLayout.JAVA_BYTE, first + i));
                }
            }
            case F8_E5M2 -> {
                for (int i = 0; i < n; i++) {
                    // The upper half of a half.
                    to[i] = Float.float16ToFloat((short) (from.get(ValueLayout.JAVA_BYTE, first + i) << 8));
                }
            }
            case BOOL, U8, I8, I16, U16, I32, U32, I64, U64 -> {
                for (int i = 0; i < n; i++) {
                    to[i] = whole(from, dtype, first + i);
                }
            }
        }
    }

    /// One sign bit, four of exponent with bias 7, three of mantissa; all ones is not a number, and nothing is
    /// infinite.
    private static double e4m3(byte b) {
        int exponent = (b >> 3) & 15;
        int mantissa = b & 7;
        double magnitude;
        if (exponent == 15 && mantissa == 7) {
            magnitude = Double.NaN;
        } else if (exponent == 0) {
            magnitude = Math.scalb((double) mantissa, -9);
        } else {
            magnitude = Math.scalb(8.0 + mantissa, exponent - 10);
        }
        return b < 0 ? -magnitude : magnitude;
    }

    private static double whole(MemorySegment from, DType dtype, long i) {
        return switch (dtype) {
            case I8 -> from.get(ValueLayout.JAVA_BYTE, i);
            case BOOL, U8 -> from.get(ValueLayout.JAVA_BYTE, i) & 0xff;
            case I16 -> from.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * i);
            case U16 -> from.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * i) & 0xffff;
            case I32 -> from.get(ValueLayout.JAVA_INT_UNALIGNED, 4 * i);
            case U32 -> from.get(ValueLayout.JAVA_INT_UNALIGNED, 4 * i) & 0xffff_ffffL;
            case I64 -> (double) from.get(ValueLayout.JAVA_LONG_UNALIGNED, 8 * i);
            case U64 -> {
                long bits = from.get(ValueLayout.JAVA_LONG_UNALIGNED, 8 * i);
                yield bits >= 0 ? (double) bits : (double) (bits >>> 1) * 2;
            }
            case F32, F64, BF16, F16, F8_E4M3, F8_E5M2 ->
                throw new IllegalArgumentException(dtype + " is no whole number");
        };
    }
}
