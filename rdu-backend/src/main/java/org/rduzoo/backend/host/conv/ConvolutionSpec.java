package org.rduzoo.backend.host.conv;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.rduzoo.backend.host.kernel.Place;
import org.rduzoo.ir.Convolution;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.ir.Window;

/// A convolution over memory: activations channels last, the weight row-major as PyTorch has it, scale and bias one
/// `f32` a channel. Two or three dimensions lie behind the channels; a line counts as an image of one row.
///
/// @param y of `f32` or `bf16`
public record ConvolutionSpec(
        boolean transposed,
        int batch,
        int groups,
        int inputs,
        int outputs,
        List<Integer> inputPlaces,
        List<Integer> outputPlaces,
        Window window,
        Optional<UnaryFn> activation,
        Place x,
        Place weight,
        Optional<Place> scale,
        Optional<Place> bias,
        Place y) {

    public ConvolutionSpec {
        inputPlaces = List.copyOf(inputPlaces);
        outputPlaces = List.copyOf(outputPlaces);
        x.require((long) batch * inputs * product(inputPlaces));
        y.require((long) batch * outputs * product(outputPlaces));
        weight.require((long) outputs * (inputs / groups) * product(window.kernel()));
        scale.ifPresent(s -> s.require(outputs));
        bias.ifPresent(b -> b.require(outputs));
    }

    /// The operation `op` from `x` to `y`.
    public static ConvolutionSpec of(
            Convolution op, Place x, Place weight, Optional<Place> scale, Optional<Place> bias, Place y) {
        Shape from = op.x().shape();
        Shape to = op.infer().getFirst().shape();
        Window w = op.window();
        return new ConvolutionSpec(
                op instanceof Convolution.ConvTranspose,
                from.dim(0),
                op.groups(),
                from.dim(1),
                to.dim(1),
                atLeastTwo(Window.places(from), 1),
                atLeastTwo(Window.places(to), 1),
                new Window(
                        atLeastTwo(w.kernel(), 1),
                        atLeastTwo(w.stride(), 1),
                        atLeastTwo(w.padding(), 0),
                        atLeastTwo(w.dilation(), 1)),
                op instanceof Convolution.Conv c ? c.activation() : Optional.empty(),
                x,
                weight,
                scale,
                bias,
                y);
    }

    static List<Integer> atLeastTwo(List<Integer> numbers, int missing) {
        return numbers.size() > 1
                ? numbers
                : Stream.concat(Stream.of(missing), numbers.stream()).toList();
    }

    static long product(List<Integer> numbers) {
        return numbers.stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b);
    }

    DType type() {
        return x.dtype();
    }

    /// Whether a row of the output, or a block of `stride` rows, is made of one row of the input alone.
    boolean isBlockwise() {
        return transposed
                && window.kernel().equals(window.stride())
                && window.padding().stream().allMatch(p -> p == 0)
                && window.dilation().stream().allMatch(d -> d == 1)
                && IntStream.range(0, inputPlaces.size())
                        .allMatch(d -> outputPlaces.get(d)
                                == inputPlaces.get(d) * window.stride().get(d));
    }

    /// Elements from one row (of the outermost dimension behind the channels) of the input to the next.
    long inputRow() {
        return inputs * product(inputPlaces.subList(1, inputPlaces.size()));
    }

    long outputRow() {
        return outputs * product(outputPlaces.subList(1, outputPlaces.size()));
    }

    static List<Integer> withFirst(List<Integer> numbers, int first) {
        List<Integer> changed = new ArrayList<>(numbers);
        changed.set(0, first);
        return changed;
    }
}
