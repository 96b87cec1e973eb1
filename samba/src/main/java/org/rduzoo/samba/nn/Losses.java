package org.rduzoo.samba.nn;

import org.rduzoo.ir.CompareFn;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.samba.Tensor;

/// Losses as scalars.
public final class Losses {

    /// The label that does not count, as in Hugging Face's models.
    public static final long IGNORED = -100;

    private Losses() {}

    /// `[.., V], i64[..]`: the mean cross entropy over the labels that count.
    public static Tensor crossEntropy(Tensor logits, Tensor labels) {
        Tensor counted = labels.compare(CompareFn.NE, IGNORED).cast(DType.F32);
        return logits.crossEntropy(labels, IGNORED).sum().dividedBy(counted.sum());
    }

    /// `[..], [..]`: the mean of the squared differences.
    public static Tensor meanSquaredError(Tensor x, Tensor target) {
        Tensor difference = x.minus(target);
        return difference.times(difference).mean();
    }

    /// `[..], [..]`: the mean binary cross entropy of logits against targets from 0 to 1.
    public static Tensor binaryCrossEntropy(Tensor logits, Tensor target) {
        return logits.apply(UnaryFn.SOFTPLUS).minus(logits.times(target)).mean();
    }
}
