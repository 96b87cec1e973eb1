package org.rduzoo.ir;

import static org.rduzoo.ir.IllTyped.unless;

import java.util.List;

/// Operations that change how many places there are behind the channels of `[N, C, places..]`, in one to three
/// dimensions. All lists have a number for each of them.
public sealed interface Sampling extends Op {

    Value x();

    /// `[N, C, places..] -> [N, C, positions..]`: the greatest element under the window.
    ///
    /// - C1: the operand is `f32` or `bf16`.
    /// - C2: it has three to five dimensions; kernel, stride and padding have a number for each behind the second,
    ///   kernel and stride positive, padding not negative and at most half of the kernel.
    /// - C3: the window fits at least once into the padded places.
    ///
    /// @param ceilMode whether a last position counts that ends beyond the padded places
    record MaxPool(Value x, List<Integer> kernel, List<Integer> stride, List<Integer> padding, boolean ceilMode)
            implements Sampling {
        public Window window() {
            return Window.of(kernel, stride, padding);
        }

        @Override
        public List<Type> infer() {
            return List.of(pooled(this, window(), ceilMode));
        }
    }

    /// `[N, C, places..] -> [N, C, positions..]`: the mean of the elements under the window.
    ///
    /// - C1 to C3: as for [MaxPool].
    ///
    /// @param ceilMode whether a last position counts that ends beyond the padded places
    /// @param countPadding whether padding counts as zeros; what lies beyond the padding never counts
    record AvgPool(
            Value x,
            List<Integer> kernel,
            List<Integer> stride,
            List<Integer> padding,
            boolean ceilMode,
            boolean countPadding)
            implements Sampling {
        public Window window() {
            return Window.of(kernel, stride, padding);
        }

        @Override
        public List<Type> infer() {
            return List.of(pooled(this, window(), ceilMode));
        }
    }

    /// `[N, C, places..] -> [N, C, size..]`: values between the places.
    ///
    /// Place `i` of `n` new ones stands at `i · (m − 1) / (n − 1)` of `m` old ones if `alignCorners`, so that the
    /// outermost places stay, and otherwise at `(i + ½) · m / n − ½`, at least 0, for [ResizeMode#LINEAR] and at
    /// `⌊i · m / n⌋` for [ResizeMode#NEAREST].
    ///
    /// - C1: the operand is `f32` or `bf16`.
    /// - C2: it has three to five dimensions, and `size` a positive number for each behind the second, none of which
    ///   is empty.
    /// - C3: `alignCorners` only with [ResizeMode#LINEAR].
    record Resize(Value x, List<Integer> size, ResizeMode mode, boolean alignCorners) implements Sampling {
        @Override
        public List<Type> infer() {
            requireFloat(this);
            int rank = x.type().rank();
            unless(
                    rank >= 3
                            && rank <= 2 + Window.MAX_DIMENSIONS
                            && size.size() == rank - 2
                            && size.stream().allMatch(n -> n > 0)
                            && Window.places(x.shape()).stream().allMatch(n -> n > 0),
                    this,
                    "C2",
                    "size has a positive number for each of one to three dimensions, none of which is empty");
            unless(!alignCorners || mode == ResizeMode.LINEAR, this, "C3", "alignCorners only with linear");
            int[] dims = x.shape().dims();
            for (int d = 2; d < rank; d++) {
                dims[d] = size.get(d - 2);
            }
            return List.of(Type.of(x.dtype(), dims));
        }

        /// Where place `i` of the result's dimension `dimension` behind the channels stands in the operand's.
        public Between between(int dimension, int i) {
            return Between.of(mode, alignCorners, i, x.type().dim(dimension + 2), size.get(dimension));
        }
    }

    private static Type pooled(Sampling op, Window window, boolean ceilMode) {
        requireFloat(op);
        boolean half = window.padding().size() == window.dimensions();
        for (int d = 0; half && d < window.dimensions(); d++) {
            half = window.padding().get(d) <= window.kernel().get(d) / 2;
        }
        unless(
                half && window.suits(op.x().type().rank()),
                op,
                "C2",
                "kernel, stride and padding have a number for each of one to three dimensions; padding at most half");
        int[] dims = op.x().shape().dims();
        for (int d = 0; d < window.dimensions(); d++) {
            long positions = window.positions(d, dims[d + 2], ceilMode);
            unless(
                    positions >= 1 && positions <= Integer.MAX_VALUE && dims[d + 2] > 0,
                    op,
                    "C3",
                    "the window fits at least once into the padded places");
            dims[d + 2] = (int) positions;
        }
        return Type.of(op.x().dtype(), dims);
    }

    private static void requireFloat(Sampling op) {
        DType dtype = op.x().dtype();
        unless(dtype == DType.F32 || dtype == DType.BF16, op, "C1", "the operand is f32 or bf16");
    }
}
