package org.rduzoo.checkpoint.pytorch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.rduzoo.checkpoint.pytorch.PickleValue.Tensor;

/// The elements of a tensor, one behind the other in row-major order.
final class Strided {

    private static final long ALIGNMENT = 64;

    private final MemorySegment from;
    private final MemorySegment to;
    private final long[] shape;
    private final long[] strides;
    private final int width;
    private long written;

    private Strided(MemorySegment from, MemorySegment to, Tensor tensor) {
        this.from = from;
        this.to = to;
        this.shape = tensor.shape();
        this.strides = tensor.strides();
        this.width = tensor.dtype().bytes();
    }

    /// The elements of `tensor`, whose storage is at `storage`: there, if they lie so already, else in memory of their
    /// own, which is given back when nothing refers to it.
    ///
    /// @param swapped whether the bytes of each element lie the other way round
    static MemorySegment elements(Tensor tensor, MemorySegment storage, boolean swapped) {
        int width = tensor.dtype().bytes();
        long count = 1;
        for (long dim : tensor.shape()) {
            count *= dim;
        }
        if (count == 0) {
            return storage.asSlice(0, 0);
        }
        boolean inOrder = isContiguous(tensor);
        MemorySegment source = storage.asSlice(tensor.offset() * width);
        if (inOrder && (!swapped || width == 1)) {
            return source.asSlice(0, count * width);
        }
        MemorySegment own = Arena.ofAuto().allocate(count * width, ALIGNMENT);
        if (inOrder) {
            own.copyFrom(source.asSlice(0, count * width));
        } else {
            new Strided(source, own, tensor).copy(0, 0);
        }
        if (swapped) {
            swap(own, width);
        }
        return own.asReadOnly();
    }

    private static boolean isContiguous(Tensor tensor) {
        long expected = 1;
        for (int i = tensor.shape().length - 1; i >= 0; i--) {
            if (tensor.shape()[i] != 1 && tensor.strides()[i] != expected) {
                return false;
            }
            expected *= tensor.shape()[i];
        }
        return true;
    }

    /// Copies what lies under the first `axis` indices, whose elements begin at `at`.
    private void copy(int axis, long at) {
        if (axis < shape.length - 1) {
            for (long i = 0; i < shape[axis]; i++) {
                copy(axis + 1, at + i * strides[axis]);
            }
            return;
        }
        for (long i = 0; i < shape[axis]; i++) {
            long source = (at + i * strides[axis]) * width;
            switch (width) {
                case 1 -> to.set(ValueLayout.JAVA_BYTE, written, from.get(ValueLayout.JAVA_BYTE, source));
                case 2 ->
                    to.set(
                            ValueLayout.JAVA_SHORT_UNALIGNED,
                            written,
                            from.get(ValueLayout.JAVA_SHORT_UNALIGNED, source));
                case 4 ->
                    to.set(ValueLayout.JAVA_INT_UNALIGNED, written, from.get(ValueLayout.JAVA_INT_UNALIGNED, source));
                default ->
                    to.set(ValueLayout.JAVA_LONG_UNALIGNED, written, from.get(ValueLayout.JAVA_LONG_UNALIGNED, source));
            }
            written += width;
        }
    }

    private static void swap(MemorySegment bytes, int width) {
        for (long at = 0; at < bytes.byteSize(); at += width) {
            switch (width) {
                case 2 ->
                    bytes.set(
                            ValueLayout.JAVA_SHORT_UNALIGNED,
                            at,
                            Short.reverseBytes(bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, at)));
                case 4 ->
                    bytes.set(
                            ValueLayout.JAVA_INT_UNALIGNED,
                            at,
                            Integer.reverseBytes(bytes.get(ValueLayout.JAVA_INT_UNALIGNED, at)));
                case 8 ->
                    bytes.set(
                            ValueLayout.JAVA_LONG_UNALIGNED,
                            at,
                            Long.reverseBytes(bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, at)));
                default -> {
                    // One byte has no order.
                }
            }
        }
    }
}
