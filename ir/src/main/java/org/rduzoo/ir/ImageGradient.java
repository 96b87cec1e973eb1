package org.rduzoo.ir;

import static org.rduzoo.ir.IllTyped.unless;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Gradients of [Convolution] and [Sampling] operations that hardware knows as one thing. The gradient of a convolution
/// by its operand is a transposed convolution, and the other way round; those of norms are written as graph.
///
/// `gradient` is that of the loss by the operation's result. All lists have a number for each of the one to three
/// dimensions behind batch and channels.
public sealed interface ImageGradient extends Op {

    /// `wide [N, C, places..], narrow [N, M, positions..] -> f32[M, C / groups, taps..]`: the gradient by the weight of
    /// a [Convolution.Conv] from `wide`, where `narrow` is the gradient by its result; or of a
    /// [Convolution.ConvTranspose] from `narrow`, where `wide` is the gradient by its result. For each tap, the sum
    /// over
    /// batch and positions of `narrow` times what the tap meets in `wide`, as far as their channels are of one group.
    ///
    /// - C1: both operands have the same element type, `f32` or `bf16`.
    /// - C2: both have three to five dimensions and the same batch; kernel, stride, padding and dilation have a number
    ///   for each behind the second, all positive but the padding, which is not negative.
    /// - C3: `groups` is positive and divides `C` and `M`.
    /// - C4: the window takes at least as many positions in `wide` as `narrow` has.
    record ConvWeightGradient(
            Value wide,
            Value narrow,
            List<Integer> kernel,
            List<Integer> stride,
            List<Integer> padding,
            List<Integer> dilation,
            int groups)
            implements ImageGradient {

        public Window window() {
            return new Window(kernel, stride, padding, dilation);
        }

        @Override
        public List<Type> infer() {
            unless(
                    wide.dtype() == narrow.dtype() && (wide.dtype() == DType.F32 || wide.dtype() == DType.BF16),
                    this,
                    "C1",
                    "both operands have the same element type, f32 or bf16");
            Window window = window();
            int rank = wide.type().rank();
            unless(
                    window.suits(rank)
                            && narrow.type().rank() == rank
                            && wide.type().dim(0) == narrow.type().dim(0),
                    this,
                    "C2",
                    "both operands have three to five dimensions and the same batch; the lists a number for each place");
            unless(
                    groups > 0
                            && wide.type().dim(1) % groups == 0
                            && narrow.type().dim(1) % groups == 0,
                    this,
                    "C3",
                    "groups divides the channels on both sides");
            unless(
                    IntStream.range(0, rank - 2)
                            .allMatch(d -> window.positions(d, wide.type().dim(d + 2), false)
                                    >= narrow.type().dim(d + 2)),
                    this,
                    "C4",
                    "the window takes at least as many positions in wide as narrow has");
            List<Integer> dims =
                    new ArrayList<>(List.of(narrow.type().dim(1), wide.type().dim(1) / groups));
            dims.addAll(kernel);
            return List.of(Type.of(DType.F32, ints(dims)));
        }
    }

    /// `[N, C, places..], [N, C, positions..] -> [N, C, places..]`: the gradient of a [Sampling.MaxPool]. Each
    /// position's
    /// gradient goes to the greatest element under its window; of equal ones, to the first.
    ///
    /// - C1: both operands are `f32`.
    /// - C2: the pool is well typed, and the gradient as its result.
    record MaxPoolGradient(
            Value x,
            Value gradient,
            List<Integer> kernel,
            List<Integer> stride,
            List<Integer> padding,
            boolean ceilMode)
            implements ImageGradient {

        /// The operation that this is the gradient of.
        public Sampling.MaxPool forward() {
            return new Sampling.MaxPool(x, kernel, stride, padding, ceilMode);
        }

        @Override
        public List<Type> infer() {
            requireF32(this);
            unless(
                    gradient.type().equals(forward().infer().getFirst()),
                    this,
                    "C2",
                    "the gradient is as the pool's result");
            return List.of(x.type());
        }
    }

    /// `[N, C, positions..] -> [N, C, places..]`: the gradient of a [Sampling.AvgPool] of as many places. Each
    /// position's gradient is shared out among the places under its window.
    ///
    /// - C1: the operand is `f32`.
    /// - C2: `places` has a positive number for each dimension; the pool of them is well typed, and the gradient as its
    ///   result.
    record AvgPoolGradient(
            Value gradient,
            List<Integer> places,
            List<Integer> kernel,
            List<Integer> stride,
            List<Integer> padding,
            boolean ceilMode,
            boolean countPadding)
            implements ImageGradient {

        /// The operation that this is the gradient of, on some tensor as large as the result.
        public Sampling.AvgPool forward() {
            return new Sampling.AvgPool(larger(gradient, places), kernel, stride, padding, ceilMode, countPadding);
        }

        @Override
        public List<Type> infer() {
            requireF32(this);
            requirePlaces(this, gradient, places);
            Sampling.AvgPool forward = forward();
            unless(
                    gradient.type().equals(forward.infer().getFirst()),
                    this,
                    "C2",
                    "the gradient is as the pool's result");
            return List.of(forward.x().type());
        }
    }

    /// `[N, C, size..] -> [N, C, places..]`: the gradient of a [Sampling.Resize] of as many places. Each new place's
    /// gradient is shared out among the old ones that it was made of, by their shares.
    ///
    /// - C1: the operand is `f32`.
    /// - C2: `places` has a positive number for each dimension, and the resizing of them is well typed.
    record ResizeGradient(Value gradient, List<Integer> places, ResizeMode mode, boolean alignCorners)
            implements ImageGradient {

        /// The operation that this is the gradient of, on some tensor as large as the result.
        public Sampling.Resize forward() {
            return new Sampling.Resize(larger(gradient, places), Window.places(gradient.shape()), mode, alignCorners);
        }

        @Override
        public List<Type> infer() {
            requireF32(this);
            requirePlaces(this, gradient, places);
            Sampling.Resize forward = forward();
            forward.infer();
            return List.of(forward.x().type());
        }
    }

    private static void requireF32(ImageGradient op) {
        unless(Ops.operands(op).stream().allMatch(v -> v.dtype() == DType.F32), op, "C1", "all operands are f32");
    }

    private static void requirePlaces(ImageGradient op, Value gradient, List<Integer> places) {
        unless(
                gradient.type().rank() == places.size() + 2
                        && !places.isEmpty()
                        && places.size() <= Window.MAX_DIMENSIONS
                        && places.stream().allMatch(n -> n > 0),
                op,
                "C2",
                "places has a positive number for each of one to three dimensions");
    }

    /// A value with the batch and channels of `gradient`, and these places.
    private static Value larger(Value gradient, List<Integer> places) {
        List<Integer> dims =
                new ArrayList<>(List.of(gradient.type().dim(0), gradient.type().dim(1)));
        dims.addAll(places);
        return new Value(gradient.number(), Type.of(DType.F32, ints(dims)), gradient.path());
    }

    private static int[] ints(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }
}
