package org.rduzoo.backend.host.kernel;

import java.lang.foreign.MemorySegment;
import org.rduzoo.ir.DType;

/// Where a tensor begins: the byte `offset` in a native segment, and what lies there. Whoever holds a place keeps the
/// segment reachable; its arena stays open while kernels run.
public record Place(MemorySegment segment, long offset, DType dtype) {

    public Place {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("kernels work on native memory, not on " + segment);
        }
        if (offset < 0 || offset > segment.byteSize()) {
            throw new IllegalArgumentException("offset " + offset + " lies outside " + segment);
        }
    }

    public static Place of(MemorySegment segment, DType dtype) {
        return new Place(segment, 0, dtype);
    }

    /// The address of the first element.
    public long address() {
        return segment.address() + offset;
    }

    /// This place, once it is certain that `elements` elements from it on are in the segment.
    public Place require(long elements) {
        if (elements < 0 || elements > (segment.byteSize() - offset) / dtype.bytes()) {
            throw new IllegalArgumentException("%d elements of %s at offset %d do not fit in %d bytes"
                    .formatted(elements, dtype.text(), offset, segment.byteSize()));
        }
        return this;
    }

    /// This place, once it is certain that the last element of a view with these dimensions and strides (in elements)
    /// is in the segment.
    public Place require(int[] dims, long[] strides) {
        long last = 0;
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] == 0) {
                return this;
            }
            if (strides[i] < 0) {
                throw new IllegalArgumentException("negative stride " + strides[i]);
            }
            last = Math.addExact(last, Math.multiplyExact(dims[i] - 1L, strides[i]));
        }
        return require(last + 1);
    }

    /// Whether a byte from here on, `elements` long, may also belong to `elements` of `other`.
    boolean overlaps(long elements, Place other, long otherElements) {
        return address() < other.address() + otherElements * other.dtype.bytes()
                && other.address() < address() + elements * dtype.bytes();
    }
}
