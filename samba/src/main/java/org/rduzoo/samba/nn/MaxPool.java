package org.rduzoo.samba.nn;

import java.util.Collections;
import java.util.List;
import org.rduzoo.samba.Tensor;

/// `[N, C, places..] -> [N, C, positions..]`: the greatest element of each window, windows side by side.
public record MaxPool(List<Integer> kernel) {

    public Tensor apply(Tensor x) {
        return x.maxPool(kernel, kernel, Collections.nCopies(kernel.size(), 0));
    }
}
