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

    /// The name in the text form, as in `bf16`.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
