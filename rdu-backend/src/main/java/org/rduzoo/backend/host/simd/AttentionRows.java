package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.kernel.RawMemory.ALL;
import static org.rduzoo.backend.host.simd.Lanes.COUNT;
import static org.rduzoo.backend.host.simd.Lanes.FLOATS;
import static org.rduzoo.backend.host.simd.Lanes.HALVES;
import static org.rduzoo.backend.host.simd.Lanes.INTS;
import static org.rduzoo.backend.host.simd.Lanes.ORDER;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import org.rduzoo.backend.host.kernel.AttentionSpec;
import org.rduzoo.backend.host.kernel.AttentionSpec.Heads;
import org.rduzoo.backend.host.kernel.RawMemory;
import org.rduzoo.ir.DType;

/// Rows of queries, keys and values, from memory to `f32` and back.
final class AttentionRows {

    private AttentionRows() {}

    /// Brings the rows of `count` tokens from `first` on to `to`, `pitch` elements apart.
    static void load(Heads heads, int batch, int head, int first, int count, int size, float[] to, int pitch) {
        load(heads, batch, head, first, count, size, to, 0, pitch);
    }

    private static void load(
            Heads heads, int batch, int head, int first, int count, int size, float[] to, int at, int pitch) {
        boolean wide = heads.place().dtype() == DType.F32;
        for (int i = 0; i < count; i++) {
            long address = heads.address(batch, head, first + i);
            if (wide) {
                copy(address, size, to, at + i * pitch);
            } else {
                widen(address, size, to, at + i * pitch);
            }
        }
    }

    /// Brings the keys, or values, of the positions from `first` on to `to`: in two runs where a ring ends among them.
    static void loadKeys(
            AttentionSpec spec,
            Heads rows,
            int batch,
            int head,
            int first,
            int count,
            int size,
            float[] to,
            int pitch) {
        int slot = spec.slot(first);
        int before = Math.min(count, spec.keys() - slot);
        load(rows, batch, head, slot, before, size, to, 0, pitch);
        load(rows, batch, head, 0, count - before, size, to, before * pitch, pitch);
    }

    private static void copy(long address, int size, float[] to, int at) {
        int whole = Lanes.whole(size);
        for (int i = 0; i < whole; i += COUNT) {
            FloatVector.fromMemorySegment(FLOATS, ALL, address + 4L * i, ORDER).intoArray(to, at + i);
        }
        for (int i = whole; i < size; i++) {
            to[at + i] = RawMemory.f32(address + 4L * i);
        }
    }

    private static void widen(long address, int size, float[] to, int at) {
        int whole = Lanes.whole(size);
        for (int i = 0; i < whole; i += COUNT) {
            IntVector bits = (IntVector) ShortVector.fromMemorySegment(HALVES, ALL, address + 2L * i, ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
            bits.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(to, at + i);
        }
        for (int i = whole; i < size; i++) {
            to[at + i] = RawMemory.bf16(address + 2L * i);
        }
    }

    /// Writes `size` elements, `step` apart in `from`, each times `scale`.
    static void store(float[] from, int at, int step, int size, float scale, DType dtype, long address) {
        if (dtype == DType.F32) {
            for (int i = 0; i < size; i++) {
                RawMemory.f32(address + 4L * i, from[at + i * step] * scale);
            }
        } else {
            for (int i = 0; i < size; i++) {
                RawMemory.bf16(address + 2L * i, from[at + i * step] * scale);
            }
        }
    }

    /// Writes `size` elements that lie side by side in `from`.
    static void store(float[] from, int at, int size, DType dtype, long address) {
        int whole = Lanes.whole(size);
        if (dtype == DType.F32) {
            for (int i = 0; i < whole; i += COUNT) {
                Lanes.store(FloatVector.fromArray(FLOATS, from, at + i), address + 4L * i);
            }
        } else {
            for (int i = 0; i < whole; i += COUNT) {
                Lanes.narrow(FloatVector.fromArray(FLOATS, from, at + i), address + 2L * i);
            }
        }
        store(from, at + whole, 1, size - whole, 1, dtype, address + (long) dtype.bytes() * whole);
    }

    /// Writes `size` elements of `f32` that lie side by side in `from`, each times `scale`.
    static void store(float[] from, int at, int size, float scale, long address) {
        int whole = Lanes.whole(size);
        for (int i = 0; i < whole; i += COUNT) {
            FloatVector.fromArray(FLOATS, from, at + i).mul(scale).intoMemorySegment(ALL, address + 4L * i, ORDER);
        }
        for (int i = whole; i < size; i++) {
            RawMemory.f32(address + 4L * i, from[at + i] * scale);
        }
    }
}
