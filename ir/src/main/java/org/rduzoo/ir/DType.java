package org.rduzoo.ir;

import java.util.Locale;

/// Element types. Graphs compute with [#F32], [#BF16], [#I64] and [#BOOL]; the others occur in checkpoints.
public enum DType {
    BOOL(1),
    U8(1),
    I8(1),
    F8_E4M3(1),
    F8_E5M2(1),
    I16(2),
    U16(2),
    F16(2),
    BF16(2),
    I32(4),
    U32(4),
    F32(4),
    I64(8),
    U64(8),
    F64(8);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /// Size of one element in bytes.
    public int bytes() {
        return bytes;
    }

    /// Whether a product or an element-wise function may be computed on it.
    public boolean isFloat() {
        return switch (this) {
            case F32, F64, BF16, F16, F8_E4M3, F8_E5M2 -> true;
            case BOOL, U8, I8, I16, U16, I32, U32, I64, U64 -> false;
        };
    }

    /// The number of this type that stands for `x`: the nearest one, ties to even, for floats; `x` cut off towards
    /// zero, and brought within the type's range, for integers; for `bool`, whether `x` is not 0.
    public double round(double x) {
        return switch (this) {
            case F64 -> x;
            case F32 -> (float) x;
            case BF16 -> Rounding.nearest(x, 8, -126, 0x1.fep127, Double.POSITIVE_INFINITY);
            case F16 -> Rounding.nearest(x, 11, -14, 65504, Double.POSITIVE_INFINITY);
            case F8_E5M2 -> Rounding.nearest(x, 3, -14, 57344, Double.POSITIVE_INFINITY);
            case F8_E4M3 -> Double.isInfinite(x) ? Double.NaN : Rounding.nearest(x, 4, -6, 448, Double.NaN);
            case BOOL -> x != 0 ? 1 : 0;
            case I8 -> Rounding.truncated(x, -0x1p7, 0x1p7 - 1);
            case U8 -> Rounding.truncated(x, 0, 0x1p8 - 1);
            case I16 -> Rounding.truncated(x, -0x1p15, 0x1p15 - 1);
            case U16 -> Rounding.truncated(x, 0, 0x1p16 - 1);
            case I32 -> Rounding.truncated(x, -0x1p31, 0x1p31 - 1);
            case U32 -> Rounding.truncated(x, 0, 0x1p32 - 1);
            case I64 -> Rounding.truncated(x, -0x1p63, 0x1p63);
            case U64 -> Rounding.truncated(x, 0, 0x1p64);
        };
    }

    /// The name in the text form, as in `bf16`.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
