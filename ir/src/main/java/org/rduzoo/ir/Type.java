package org.rduzoo.ir;

import org.jspecify.annotations.Nullable;

/// Element type and shape, as in `bf16[2, 128, 384]`.
public record Type(DType dtype, Shape shape) {

    public static Type of(DType dtype, int... dims) {
        return new Type(dtype, Shape.of(dims));
    }

    public int rank() {
        return shape.rank();
    }

    /// Dimension `axis`, counted from the end when negative.
    public int dim(int axis) {
        return shape.dim(axis);
    }

    public Type withDim(int axis, int size) {
        return new Type(dtype, shape.withDim(axis, size));
    }

    public Type withDType(DType other) {
        return new Type(other, shape);
    }

    public Type withShape(Shape other) {
        return new Type(dtype, other);
    }

    public long elements() {
        return shape.elements();
    }

    public long bytes() {
        return Math.multiplyExact(shape.elements(), dtype.bytes());
    }

    // A record's own methods are linked when they are first called, which takes some milliseconds of each start.

    @Override
    public boolean equals(@Nullable Object other) {
        return other == this || (other instanceof Type t && dtype == t.dtype && shape.equals(t.shape));
    }

    @Override
    public int hashCode() {
        return 31 * dtype.text().hashCode() + shape.hashCode();
    }

    @Override
    public String toString() {
        return dtype.text() + shape;
    }
}
