package org.rduzoo.backend.host.conv;

import java.util.List;
import org.rduzoo.backend.host.kernel.Place;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.ImageGradient.ConvWeightGradient;
import org.rduzoo.ir.Window;

/// A [ConvWeightGradient] over memory: both operands channels last, the result row-major as PyTorch has a weight, of
/// `f32`. Two or three dimensions lie behind the channels; a line counts as an image of one row.
///
/// @param wideChannels of the side that the window slides over, and `narrowChannels` of its positions
public record WeightGradientSpec(
        int batch,
        int groups,
        int wideChannels,
        int narrowChannels,
        List<Integer> widePlaces,
        List<Integer> narrowPlaces,
        Window window,
        Place wide,
        Place narrow,
        Place weight) {

    public WeightGradientSpec {
        widePlaces = List.copyOf(widePlaces);
        narrowPlaces = List.copyOf(narrowPlaces);
        wide.require((long) batch * wideChannels * ConvolutionSpec.product(widePlaces));
        narrow.require((long) batch * narrowChannels * ConvolutionSpec.product(narrowPlaces));
        weight.require((long) narrowChannels * (wideChannels / groups) * ConvolutionSpec.product(window.kernel()));
    }

    /// The operation `op` from `wide` and `narrow` to `weight`.
    public static WeightGradientSpec of(ConvWeightGradient op, Place wide, Place narrow, Place weight) {
        Window w = op.window();
        return new WeightGradientSpec(
                op.wide().type().dim(0),
                op.groups(),
                op.wide().type().dim(1),
                op.narrow().type().dim(1),
                ConvolutionSpec.atLeastTwo(Window.places(op.wide().shape()), 1),
                ConvolutionSpec.atLeastTwo(Window.places(op.narrow().shape()), 1),
                new Window(
                        ConvolutionSpec.atLeastTwo(w.kernel(), 1),
                        ConvolutionSpec.atLeastTwo(w.stride(), 1),
                        ConvolutionSpec.atLeastTwo(w.padding(), 0),
                        ConvolutionSpec.atLeastTwo(w.dilation(), 1)),
                wide,
                narrow,
                weight);
    }

    DType type() {
        return wide.dtype();
    }

    /// Elements of an image.
    long wideImage() {
        return wideChannels * ConvolutionSpec.product(widePlaces);
    }

    long narrowImage() {
        return narrowChannels * ConvolutionSpec.product(narrowPlaces);
    }

    long wideRow() {
        return wideImage() / widePlaces.getFirst();
    }

    long narrowRow() {
        return narrowImage() / narrowPlaces.getFirst();
    }
}
