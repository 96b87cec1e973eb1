package org.rduzoo.ir;

import static org.rduzoo.ir.IllTyped.unless;

import java.util.List;
import java.util.Optional;

/// Products of a weight with each position of a window, in one to three dimensions behind batch and channels. The
/// factors are `f32` or `bf16`, the sums and results `f32`. All lists have a number for each of these dimensions.
public sealed interface Convolution extends Op {

    Value x();

    Value weight();

    Optional<Value> bias();

    int groups();

    Window window();

    /// `x [N, C, places..], weight [M, C / groups, taps..] -> f32[N, M, positions..]`:
    /// `activation(scale · Σ x · weight + bias)`, summed over the taps and the channels of the output's group. Padding
    /// counts as zeros.
    ///
    /// - C1: `x` and `weight` have the same element type, `f32` or `bf16`; scale and bias are `f32`.
    /// - C2: `x` and `weight` have as many dimensions, three to five; stride, padding and dilation have a number for
    ///   each behind the second, stride and dilation positive, padding not negative.
    /// - C3: `groups` is positive and divides `C` and `M`; the weight's second dimension is `C / groups`.
    /// - C4: scale and bias are `[M]`.
    /// - C5: the window fits at least once into the padded places.
    record Conv(
            Value x,
            Value weight,
            Optional<Value> scale,
            Optional<Value> bias,
            Optional<UnaryFn> activation,
            List<Integer> stride,
            List<Integer> padding,
            List<Integer> dilation,
            int groups)
            implements Convolution {
        @Override
        public Window window() {
            return Window.of(weight.shape(), stride, padding, dilation);
        }

        @Override
        public List<Type> infer() {
            requireFactors(this);
            int outputs = weight.type().dim(0);
            unless(
                    groups > 0
                            && outputs % groups == 0
                            && weight.type().dim(1) * (long) groups == x.type().dim(1),
                    this,
                    "C3",
                    "groups divides the channels on both sides, and the weight's second dimension is C / groups");
            unless(
                    scale.stream().allMatch(v -> v.type().equals(Type.of(DType.F32, outputs)))
                            && bias.stream().allMatch(v -> v.type().equals(Type.of(DType.F32, outputs))),
                    this,
                    "C4",
                    "scale and bias are f32[M]");
            int[] dims = x.shape().dims();
            dims[1] = outputs;
            for (int d = 0; d < window().dimensions(); d++) {
                long positions = window().positions(d, dims[d + 2], false);
                unless(
                        positions >= 1 && positions <= Integer.MAX_VALUE,
                        this,
                        "C5",
                        "the window fits at least once into the padded places");
                dims[d + 2] = (int) positions;
            }
            return List.of(Type.of(DType.F32, dims));
        }
    }

    /// `x [N, C, positions..], weight [C, M / groups, taps..] -> f32[N, M, places..]`: each element of `x` times its
    /// weights is added to the places that a window at its position covers, plus `bias`. It is the gradient of a
    /// convolution of the same stride, padding and dilation; `outputPadding` says which of the sizes that such a
    /// convolution takes to `positions` is meant.
    ///
    /// - C1, C2: as for [Conv].
    /// - C3: `groups` is positive and divides `C`; the weight's first dimension is `C`; `M` is an `int`.
    /// - C4: the bias is `[M]`.
    /// - C5: `outputPadding` has a number for each dimension, not negative and less than stride or dilation.
    /// - C6: there is at least one place.
    record ConvTranspose(
            Value x,
            Value weight,
            Optional<Value> bias,
            List<Integer> stride,
            List<Integer> padding,
            List<Integer> outputPadding,
            List<Integer> dilation,
            int groups)
            implements Convolution {
        @Override
        public Window window() {
            return Window.of(weight.shape(), stride, padding, dilation);
        }

        @Override
        public List<Type> infer() {
            requireFactors(this);
            int[] dims = x.shape().dims();
            unless(
                    groups > 0
                            && dims[1] % groups == 0
                            && weight.type().dim(0) == dims[1]
                            && weight.type().dim(1) <= Integer.MAX_VALUE / groups,
                    this,
                    "C3",
                    "groups divides the channels, the weight's first dimension is C, and M is an int");
            dims[1] = weight.type().dim(1) * groups;
            Type row = Type.of(DType.F32, dims[1]);
            unless(bias.stream().allMatch(v -> v.type().equals(row)), this, "C4", "the bias is f32[M]");
            Window window = window();
            unless(
                    outputPadding.size() == window.dimensions(),
                    this,
                    "C5",
                    "outputPadding has a number for each dimension");
            for (int d = 0; d < window.dimensions(); d++) {
                int more = outputPadding.get(d);
                unless(
                        more >= 0 && more < Math.max(stride.get(d), dilation.get(d)),
                        this,
                        "C5",
                        "outputPadding is not negative and less than stride or dilation");
                long places = window.places(d, dims[d + 2], more);
                unless(places >= 1 && places <= Integer.MAX_VALUE, this, "C6", "there is at least one place");
                dims[d + 2] = (int) places;
            }
            return List.of(Type.of(DType.F32, dims));
        }
    }

    private static void requireFactors(Convolution op) {
        DType dtype = op.x().dtype();
        unless(
                dtype == op.weight().dtype() && (dtype == DType.F32 || dtype == DType.BF16),
                op,
                "C1",
                "x and weight have the same element type, f32 or bf16");
        unless(
                op.x().type().rank() == op.weight().type().rank()
                        && op.window().suits(op.x().type().rank()),
                op,
                "C2",
                "x and weight have three to five dimensions; stride, padding and dilation one for each place");
    }
}
