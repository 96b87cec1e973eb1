package org.rduzoo.backend.host.kernel;

import java.util.List;
import java.util.stream.Stream;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Window;

/// A pool of tensors whose channels lie side by side: of the three dimensions behind the batch, the outer ones count 1
/// where there are fewer.
///
/// @param mean whether elements are averaged; else the greatest counts
/// @param countPadding whether padding counts in an average
public record PoolSpec(
        int batch,
        int channels,
        List<Integer> places,
        List<Integer> positions,
        Window window,
        boolean mean,
        boolean countPadding) {

    public static PoolSpec max(Shape x, Shape y, Window window) {
        return of(x, y, window, false, false);
    }

    public static PoolSpec mean(Shape x, Shape y, Window window, boolean countPadding) {
        return of(x, y, window, true, countPadding);
    }

    private static PoolSpec of(Shape x, Shape y, Window w, boolean mean, boolean countPadding) {
        return new PoolSpec(
                x.dim(0),
                x.dim(1),
                three(Window.places(x), 1),
                three(Window.places(y), 1),
                new Window(three(w.kernel(), 1), three(w.stride(), 1), three(w.padding(), 0), three(w.dilation(), 1)),
                mean,
                countPadding);
    }

    private static List<Integer> three(List<Integer> numbers, int missing) {
        return Stream.concat(Stream.generate(() -> missing).limit(3L - numbers.size()), numbers.stream())
                .toList();
    }

    /// Where the window begins in a dimension; before the first place where it begins in the padding.
    int begin(int dimension, int position) {
        return position * window.stride().get(dimension) - window.padding().get(dimension);
    }

    /// The first place under the window.
    int first(int dimension, int position) {
        return Math.max(0, begin(dimension, position));
    }

    /// The place after the last under the window.
    int last(int dimension, int position) {
        return Math.min(
                places.get(dimension),
                begin(dimension, position) + window.kernel().get(dimension));
    }

    /// How many taps an average counts in a dimension.
    int counted(int dimension, int position) {
        if (!countPadding) {
            return last(dimension, position) - first(dimension, position);
        }
        int begin = begin(dimension, position);
        int end = places.get(dimension) + window.padding().get(dimension);
        return Math.min(begin + window.kernel().get(dimension), end) - begin;
    }
}
