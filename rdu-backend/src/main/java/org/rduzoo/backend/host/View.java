package org.rduzoo.backend.host;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Shape;

/// How a tensor lies in a buffer: element `[i, j, …]` is at `offset + i · strides[0] + j · strides[1] + …`, in
/// elements. Layout operations change the view and move nothing. Strides are 0 where a dimension repeats.
final class View {

    private final Buffer buffer;
    private final DType dtype;
    private final Shape shape;
    private final long offset;
    private final long[] strides;

    private View(Buffer buffer, DType dtype, Shape shape, long offset, long[] strides) {
        this.buffer = buffer;
        this.dtype = dtype;
        this.shape = shape;
        this.offset = offset;
        this.strides = strides;
    }

    /// The whole of a buffer in row-major order.
    static View contiguous(Buffer buffer, DType dtype, Shape shape) {
        return new View(buffer, dtype, shape, 0, shape.strides());
    }

    Buffer buffer() {
        return buffer;
    }

    DType dtype() {
        return dtype;
    }

    Shape shape() {
        return shape;
    }

    long[] strides() {
        return strides.clone();
    }

    long stride(int axis) {
        return strides[shape.axis(axis)];
    }

    long byteOffset() {
        return offset * dtype.bytes();
    }

    View transpose(List<Integer> permutation) {
        int[] dims = new int[permutation.size()];
        long[] moved = new long[dims.length];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = shape.dim(permutation.get(i));
            moved[i] = strides[permutation.get(i)];
        }
        return new View(buffer, dtype, Shape.of(dims), offset, moved);
    }

    View slice(int axis, int start, int length) {
        return new View(buffer, dtype, shape.withDim(axis, length), offset + start * strides[axis], strides);
    }

    View broadcast(Shape wider) {
        long[] s = new long[wider.rank()];
        int added = wider.rank() - shape.rank();
        for (int i = 0; i < s.length; i++) {
            boolean repeats = i < added || (shape.dim(i - added) == 1 && wider.dim(i) != 1);
            s[i] = repeats ? 0 : strides[i - added];
        }
        return new View(buffer, dtype, wider, offset, s);
    }

    /// This view under another shape of as many elements, if that needs no copy.
    Optional<View> reshape(Shape target) {
        if (shape.elements() == 0 || isContiguous()) {
            return Optional.of(new View(buffer, dtype, target, offset, target.strides()));
        }
        // Runs of old dimensions that lie evenly are cut anew; dimensions of 1 do not count.
        int[] from = shape.dims();
        int[] to = target.dims();
        long[] s = new long[to.length];
        int i = 0;
        int j = 0;
        while (i < from.length || j < to.length) {
            int firstOld = i;
            int firstNew = j;
            long old = i < from.length ? from[i++] : 1;
            long now = j < to.length ? to[j++] : 1;
            while (old != now) {
                if (old < now) {
                    old *= from[i++];
                } else {
                    now *= to[j++];
                }
            }
            Optional<Long> step = evenStep(firstOld, i);
            if (step.isEmpty()) {
                return Optional.empty();
            }
            long stride = step.get();
            for (int k = j - 1; k >= firstNew; k--) {
                s[k] = stride;
                stride *= to[k];
            }
        }
        return Optional.of(new View(buffer, dtype, target, offset, s));
    }

    /// The distance between neighbours when the dimensions from `first` to `end` are counted through as one, if it is
    /// everywhere the same.
    private Optional<Long> evenStep(int first, int end) {
        long step = 1;
        long run = -1;
        for (int k = end - 1; k >= first; k--) {
            if (shape.dim(k) == 1) {
                continue;
            }
            if (run < 0) {
                step = strides[k];
            } else if (strides[k] != run) {
                return Optional.empty();
            }
            run = strides[k] * shape.dim(k);
        }
        return Optional.of(step);
    }

    /// The dimensions one after the other.
    static List<Integer> inOrder(int rank) {
        List<Integer> order = new ArrayList<>(rank);
        for (int i = 0; i < rank; i++) {
            order.add(i);
        }
        return order;
    }

    static boolean isInOrder(List<Integer> order) {
        for (int i = 0; i < order.size(); i++) {
            if (order.get(i) != i) {
                return false;
            }
        }
        return true;
    }

    /// `[N, C, places..]` as `[N, places.., C]`.
    View channelsLast() {
        return transpose(channelsLastOrder(shape.rank()));
    }

    /// The dimensions of `[N, C, places..]` in the order `[N, places.., C]`.
    static List<Integer> channelsLastOrder(int rank) {
        List<Integer> order = new ArrayList<>();
        IntStream.range(0, rank).filter(i -> i != 1).forEach(order::add);
        order.add(1);
        return order;
    }

    /// `[N, places.., C]` as `[N, C, places..]`.
    View channelsSecond() {
        List<Integer> order = new ArrayList<>(List.of(0, shape.rank() - 1));
        IntStream.range(1, shape.rank() - 1).forEach(order::add);
        return transpose(order);
    }

    /// Whether the channels of `[N, C, places..]` lie side by side, and nothing between the places.
    boolean isChannelsLast() {
        return shape.rank() >= 3 && channelsLast().isContiguous();
    }

    /// The dimensions from the widest stride to the narrowest.
    List<Integer> memoryOrder() {
        return IntStream.range(0, shape.rank())
                .boxed()
                .sorted(Comparator.comparingLong(i -> -strides[i]))
                .toList();
    }

    boolean isContiguous() {
        long run = 1;
        for (int k = shape.rank() - 1; k >= 0; k--) {
            if (shape.dim(k) != 1 && strides[k] != run) {
                return false;
            }
            run *= shape.dim(k);
        }
        return true;
    }

    /// Whether the last dimension lies without gaps.
    boolean hasDenseRows() {
        return shape.rank() > 0 && (shape.dim(-1) == 1 || stride(-1) == 1);
    }

    /// The matrix of the last two dimensions at place `index` of those in front, counted through.
    View matrixAt(long index) {
        int front = shape.rank() - 2;
        long at = offset;
        long rest = index;
        for (int axis = front - 1; axis >= 0; axis--) {
            at += rest % shape.dim(axis) * strides[axis];
            rest /= shape.dim(axis);
        }
        return new View(
                buffer, dtype, shape.slice(front, shape.rank()), at, Arrays.copyOfRange(strides, front, shape.rank()));
    }

    /// This view as a matrix of its last dimension by all others, if that needs no copy.
    Optional<View> asMatrix() {
        int columns = shape.rank() == 0 ? 1 : shape.dim(-1);
        int rows = Math.toIntExact(shape.elements() / Math.max(1, columns));
        return reshape(Shape.of(rows, columns)).filter(View::hasDenseRows);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof View v
                && buffer == v.buffer
                && dtype == v.dtype
                && offset == v.offset
                && shape.equals(v.shape)
                && Arrays.equals(strides, v.strides);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * buffer.number() + shape.hashCode()) + Arrays.hashCode(strides);
    }

    @Override
    public String toString() {
        return "%s%s of %s + %d by %s".formatted(dtype.text(), shape, buffer, offset, Arrays.toString(strides));
    }
}
