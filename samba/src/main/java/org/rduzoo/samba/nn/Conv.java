package org.rduzoo.samba.nn;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.rduzoo.samba.Init;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Tensor;

/// `[N, in, places..] -> [N, out, positions..]`: a convolution in one to three dimensions. The lists have a number for
/// each.
public record Conv(
        Tensor weight,
        Optional<Tensor> bias,
        List<Integer> stride,
        List<Integer> padding,
        List<Integer> dilation,
        int groups) {

    /// With a bias: windows of `kernel` taps, moved by one place, without padding.
    public static Conv of(Params p, int in, int out, List<Integer> kernel) {
        Conv conv = withoutBias(p, in, out, kernel);
        return new Conv(
                conv.weight,
                Optional.of(p.get("bias", Init.ZEROS, out)),
                conv.stride,
                conv.padding,
                conv.dilation,
                conv.groups);
    }

    /// As [#of], but for the bias.
    public static Conv withoutBias(Params p, int in, int out, List<Integer> kernel) {
        List<Integer> ones = Collections.nCopies(kernel.size(), 1);
        List<Integer> zeros = Collections.nCopies(kernel.size(), 0);
        return new Conv(weight(p, out, in, in, kernel), Optional.empty(), ones, zeros, ones, 1);
    }

    /// This with as much padding that windows of an odd number of taps keep the number of places.
    public Conv same() {
        List<Integer> half = IntStream.range(0, stride.size())
                .mapToObj(d -> (weight.dim(d + 2) - 1) * dilation.get(d) / 2)
                .toList();
        return new Conv(weight, bias, stride, half, dilation, groups);
    }

    public Tensor apply(Tensor x) {
        return x.conv(weight, bias, stride, padding, dilation, groups);
    }

    /// `[first, second, kernel..]`, drawn so that a layer of ReLUs keeps the deviation of what passes (He et al. 2015).
    ///
    /// @param channels how many channels an output sees
    static Tensor weight(Params p, int first, int second, int channels, List<Integer> kernel) {
        int[] dims = IntStream.concat(
                        IntStream.of(first, second), kernel.stream().mapToInt(Integer::intValue))
                .toArray();
        double fanIn = kernel.stream().reduce(channels, (a, b) -> a * b);
        return p.get("weight", Init.normal(Math.sqrt(2 / fanIn)), dims);
    }
}
