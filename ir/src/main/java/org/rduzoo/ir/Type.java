package org.rduzoo.ir;

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

    @Override
    public String toString() {
        return dtype.text() + shape;
    }
}
