package org.rduzoo.ir;

import java.util.Arrays;
import java.util.stream.IntStream;

/// Dimensions of a tensor, outermost first. A scalar has none.
public final class Shape {

    public static final Shape SCALAR = new Shape(new int[0]);

    /// The largest element has eight bytes.
    private static final long MAX_ELEMENTS = Long.MAX_VALUE / 8;

    private final int[] dims;

    private Shape(int[] dims) {
        this.dims = dims;
    }

    /// A shape of these dimensions.
    ///
    /// @throws IllegalArgumentException when one is negative, or when the product of those that are not 0, and with it
    ///     any size or stride computed from the shape, could pass 2⁶³ bytes
    public static Shape of(int... dims) {
        long elements = 1;
        for (int d : dims) {
            if (d < 0) {
                throw new IllegalArgumentException("negative dimension in " + Arrays.toString(dims));
            }
            if (d > MAX_ELEMENTS / elements) {
                throw new IllegalArgumentException(
                        "more than " + MAX_ELEMENTS + " elements in " + Arrays.toString(dims));
            }
            elements *= Math.max(d, 1);
        }
        return dims.length == 0 ? SCALAR : new Shape(dims.clone());
    }

    public int rank() {
        return dims.length;
    }

    /// Dimension `axis`, counted from the end when negative.
    public int dim(int axis) {
        return dims[axis(axis)];
    }

    public int[] dims() {
        return dims.clone();
    }

    /// `axis` as a number from 0, for one that may count from the end.
    public int axis(int axis) {
        int a = axis < 0 ? axis + dims.length : axis;
        if (a < 0 || a >= dims.length) {
            throw new IndexOutOfBoundsException("axis " + axis + " of shape " + this);
        }
        return a;
    }

    public long elements() {
        long n = 1;
        for (int d : dims) {
            n *= d;
        }
        return n;
    }

    /// Product of the dimensions from `from` (inclusive) to `to` (exclusive).
    public long elements(int from, int to) {
        long n = 1;
        for (int i = from; i < to; i++) {
            n *= dims[i];
        }
        return n;
    }

    public Shape withDim(int axis, int size) {
        int[] d = dims.clone();
        d[axis(axis)] = size;
        return of(d);
    }

    public Shape withoutDim(int axis) {
        int a = axis(axis);
        return of(IntStream.range(0, dims.length)
                .filter(i -> i != a)
                .map(i -> dims[i])
                .toArray());
    }

    /// These dimensions followed by `more`.
    public Shape append(int... more) {
        return of(IntStream.concat(Arrays.stream(dims), Arrays.stream(more)).toArray());
    }

    /// The dimensions from `from` (inclusive) to `to` (exclusive).
    public Shape slice(int from, int to) {
        return of(Arrays.copyOfRange(dims, from, to));
    }

    /// Row-major strides, in elements.
    public long[] strides() {
        long[] s = new long[dims.length];
        long step = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            s[i] = step;
            step *= dims[i];
        }
        return s;
    }

    /// Whether `this` stretches to `wider` by the usual rules: aligned at the end, equal or 1.
    public boolean broadcastsTo(Shape wider) {
        if (rank() > wider.rank()) {
            return false;
        }
        for (int i = 1; i <= rank(); i++) {
            int d = dim(-i);
            if (d != 1 && d != wider.dim(-i)) {
                return false;
            }
        }
        return true;
    }

    /// The shape that both stretch to.
    ///
    /// @throws IllegalArgumentException when there is none
    public Shape broadcast(Shape other) {
        int[] d = new int[Math.max(rank(), other.rank())];
        for (int i = 1; i <= d.length; i++) {
            int a = i <= rank() ? dim(-i) : 1;
            int b = i <= other.rank() ? other.dim(-i) : 1;
            if (a != b && a != 1 && b != 1) {
                throw new IllegalArgumentException(this + " and " + other + " do not broadcast");
            }
            d[d.length - i] = a == 1 ? b : a;
        }
        return of(d);
    }

    @Override
    public boolean equals(Object o) {
        return o == this || (o instanceof Shape s && Arrays.equals(dims, s.dims));
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    /// As in `[2, 128, 384]`.
    @Override
    public String toString() {
        return Arrays.toString(dims);
    }
}
