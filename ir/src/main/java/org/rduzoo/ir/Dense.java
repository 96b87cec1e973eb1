package org.rduzoo.ir;

import java.util.Arrays;

/// A tensor on the heap, its elements as float64 in row-major order: what constants hold and the reference interpreter
/// computes with. Integers are exact up to 2⁵³.
public record Dense(Type type, double[] data) {

    public Dense {
        if (data.length != type.elements()) {
            throw new IllegalArgumentException(data.length + " elements for " + type);
        }
    }

    public static Dense scalar(DType dtype, double value) {
        return new Dense(new Type(dtype, Shape.SCALAR), new double[] {value});
    }

    public static Dense zeros(Type type) {
        return new Dense(type, new double[Math.toIntExact(type.elements())]);
    }

    /// One number at every place.
    public static Dense filled(Type type, double value) {
        Dense dense = zeros(type);
        Arrays.fill(dense.data, value);
        return dense;
    }

    public Shape shape() {
        return type.shape();
    }

    /// These elements under another shape of as many.
    public Dense withShape(Shape shape) {
        return new Dense(type.withShape(shape), data);
    }

    /// Whether there are elements and all are the same.
    public boolean isUniform() {
        for (double d : data) {
            if (Double.doubleToLongBits(d) != Double.doubleToLongBits(data[0])) {
                return false;
            }
        }
        return data.length > 0;
    }

    /// Same type and same bits.
    @Override
    public boolean equals(Object o) {
        return o instanceof Dense d && type.equals(d.type) && Arrays.equals(data, d.data);
    }

    @Override
    public int hashCode() {
        return 31 * type.hashCode() + Arrays.hashCode(data);
    }

    @Override
    public String toString() {
        return type + (data.length <= 8 ? Arrays.toString(data) : "[…]");
    }
}
