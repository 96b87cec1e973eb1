package org.rduzoo.backend.host.gemm;

/// The upper half of a float, one number at a time.
final class Bf16 {

    private Bf16() {}

    static float widen(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /// The nearest, ties to even; a NaN stays one.
    static short round(float x) {
        int bits = Float.floatToRawIntBits(x);
        if (Float.isNaN(x)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }
}
