package org.rduzoo.checkpoint.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.rduzoo.ir.DType;

/// The elements of a tensor as numbers, whatever they are stored as; and numbers as elements, rounded once.
public final class Elements {

    private Elements() {}

    /// Reads `n` elements from the `first` on into `to`. Whole numbers beyond 2^53 are rounded.
    public static void read(MemorySegment from, DType dtype, long first, int n, double[] to) {
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

    /// Writes `n` numbers as elements from the `first` on, each rounded to the nearest, ties to even.
    ///
    /// @param dtype F64, F32, F16 or BF16
    public static void write(double[] from, int n, DType dtype, MemorySegment to, long first) {
        switch (dtype) {
            case F64 -> {
                for (int i = 0; i < n; i++) {
                    to.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8 * (first + i), from[i]);
                }
            }
            case F32 -> {
                for (int i = 0; i < n; i++) {
                    to.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * (first + i), (float) from[i]);
                }
            }
            case F16 -> {
                for (int i = 0; i < n; i++) {
                    to.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * (first + i), Float.floatToFloat16(toOdd(from[i])));
                }
            }
            case BF16 -> {
                for (int i = 0; i < n; i++) {
                    to.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * (first + i), bfloat16(toOdd(from[i])));
                }
            }
            case BOOL, U8, I8, I16, U16, I32, U32, I64, U64, F8_E4M3, F8_E5M2 ->
                throw new IllegalArgumentException("numbers are not written as " + dtype.text());
        }
    }

    /// A float that rounds to a narrower type as `x` does: where `x` lies between two floats, the one whose last bit is
    /// set, so that a tie in the narrower type is one only if it is one of `x`.
    private static float toOdd(double x) {
        float nearest = (float) x;
        if (nearest == x || Double.isNaN(x)) {
            return nearest;
        }
        int bits = Float.floatToRawIntBits(nearest);
        boolean beyond = Math.abs((double) nearest) > Math.abs(x);
        return Float.intBitsToFloat((beyond ? bits - 1 : bits) | 1);
    }

    /// The upper half of a float, rounded to nearest, ties to even; a NaN stays one.
    private static short bfloat16(float x) {
        int bits = Float.floatToRawIntBits(x);
        return (short) (Float.isNaN(x) ? (bits >>> 16) | 0x40 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
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
