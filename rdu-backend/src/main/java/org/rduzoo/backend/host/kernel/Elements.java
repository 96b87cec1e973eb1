package org.rduzoo.backend.host.kernel;

import org.rduzoo.ir.DType;

/// Elements of any type that graphs compute with, to and from `f32`.
final class Elements {

    private Elements() {}

    /// Converts `n` elements, `stride` elements apart from `from` on, to `f32` at `to`; what is left of the last block
    /// there becomes 0.
    static void load(TileMath math, DType dtype, long from, long stride, long to, int n) {
        if (stride == 0) {
            math.fill(to, load(dtype, from), Tile.padded(n));
            return;
        }
        if (stride == 1 && dtype == DType.F32) {
            math.copy(from, to, n);
        } else if (stride == 1 && dtype == DType.BF16) {
            math.widen(from, to, n);
        } else {
            for (int i = 0; i < n; i++) {
                RawMemory.f32(to + 4L * i, load(dtype, from + i * stride * dtype.bytes()));
            }
        }
        for (int i = n; i < Tile.padded(n); i++) {
            RawMemory.f32(to + 4L * i, 0);
        }
    }

    static float load(DType dtype, long address) {
        return switch (dtype) {
            case F32 -> RawMemory.f32(address);
            case BF16 -> RawMemory.bf16(address);
            case I64 -> RawMemory.i64(address);
            case BOOL -> RawMemory.i8(address);
            default -> throw unsupported(dtype);
        };
    }

    /// Converts `n` elements of `f32` at `from` to `dtype` at `to`, `stride` elements apart.
    static void store(TileMath math, DType dtype, long from, long to, long stride, int n) {
        if (stride == 1 && dtype == DType.F32) {
            math.copy(from, to, n);
        } else if (stride == 1 && dtype == DType.BF16) {
            math.narrow(from, to, n);
        } else {
            for (int i = 0; i < n; i++) {
                store(dtype, RawMemory.f32(from + 4L * i), to + i * stride * dtype.bytes());
            }
        }
    }

    static void store(DType dtype, float value, long address) {
        switch (dtype) {
            case F32 -> RawMemory.f32(address, value);
            case BF16 -> RawMemory.bf16(address, value);
            case I64 -> RawMemory.i64(address, (long) value);
            case BOOL -> RawMemory.i8(address, (byte) (value != 0 ? 1 : 0));
            default -> throw unsupported(dtype);
        }
    }

    /// Refuses an element type that no graph computes with.
    static void require(DType dtype) {
        switch (dtype) {
            case F32, BF16, I64, BOOL -> {}
            default -> throw unsupported(dtype);
        }
    }

    private static IllegalArgumentException unsupported(DType dtype) {
        return new IllegalArgumentException("graphs do not compute with " + dtype.text());
    }
}
