package org.rduzoo.ir;

import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/// How a window slides over the places behind the channels of `[N, C, places..]`: a number for each of one to three
/// dimensions.
///
/// @param kernel taps of the window
/// @param stride places from one position of the window to the next
/// @param padding places added at either end
/// @param dilation places from one tap to the next
public record Window(List<Integer> kernel, List<Integer> stride, List<Integer> padding, List<Integer> dilation) {

    public static final int MAX_DIMENSIONS = 3;

    public Window {
        kernel = List.copyOf(kernel);
        stride = List.copyOf(stride);
        padding = List.copyOf(padding);
        dilation = List.copyOf(dilation);
    }

    /// A window of taps side by side.
    public static Window of(List<Integer> kernel, List<Integer> stride, List<Integer> padding) {
        return new Window(kernel, stride, padding, Collections.nCopies(kernel.size(), 1));
    }

    /// The window of a convolution's weight `[.., .., taps..]`.
    static Window of(Shape weight, List<Integer> stride, List<Integer> padding, List<Integer> dilation) {
        return new Window(places(weight), stride, padding, dilation);
    }

    /// The dimensions behind the first two.
    public static List<Integer> places(Shape shape) {
        return Stream.iterate(2, i -> i < shape.rank(), i -> i + 1)
                .map(shape::dim)
                .toList();
    }

    public int dimensions() {
        return kernel.size();
    }

    /// Whether the window can slide over a tensor of this rank: one to three dimensions, a number for each, all
    /// positive but the padding, which is not negative.
    boolean suits(int rank) {
        int dimensions = rank - 2;
        return dimensions >= 1
                && dimensions <= MAX_DIMENSIONS
                && Stream.of(kernel, stride, padding, dilation).allMatch(l -> l.size() == dimensions)
                && Stream.of(kernel, stride, dilation).flatMap(List::stream).allMatch(n -> n > 0)
                && padding.stream().allMatch(n -> n >= 0);
    }

    /// Places from the first tap to the last.
    public long extent(int dimension) {
        return (kernel.get(dimension) - 1L) * dilation.get(dimension) + 1;
    }

    /// How many positions the window takes in a dimension of `size` places; less than 1 when it does not fit.
    ///
    /// @param last whether a last position counts that begins within the padded places and ends beyond them
    long positions(int dimension, int size, boolean last) {
        long free = size + 2L * padding.get(dimension) - extent(dimension);
        if (free < 0) {
            return 0;
        }
        int step = stride.get(dimension);
        long count = free / step + 1;
        boolean partial = last && free % step != 0;
        return partial && count * step < (long) size + padding.get(dimension) ? count + 1 : count;
    }

    /// How many places there are if the window takes `positions` in them: what a transposed convolution yields.
    long places(int dimension, int positions, int more) {
        return (positions - 1L) * stride.get(dimension) - 2L * padding.get(dimension) + extent(dimension) + more;
    }
}
