package org.rduzoo.samba.nn;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.rduzoo.samba.Init;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Tensor;

/// `[N, in, places..] -> [N, out, places · stride..]`: each place becomes a block of its own.
public record ConvTranspose(Tensor weight, Tensor bias, List<Integer> stride) {

    /// Blocks of `stride` places, which is also the weight's number of taps.
    public static ConvTranspose of(Params p, int in, int out, List<Integer> stride) {
        int taps = stride.stream().reduce(1, (a, b) -> a * b);
        return new ConvTranspose(
                Conv.weight(p, in, out, Math.max(1, in / taps), stride), p.get("bias", Init.ZEROS, out), stride);
    }

    public Tensor apply(Tensor x) {
        List<Integer> ones = Collections.nCopies(stride.size(), 1);
        List<Integer> zeros = Collections.nCopies(stride.size(), 0);
        return x.convTranspose(weight, Optional.of(bias), stride, zeros, zeros, ones, 1);
    }
}
