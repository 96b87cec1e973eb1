package org.rduzoo.samba;

import java.util.stream.IntStream;
import org.rduzoo.ir.CompareFn;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.UnaryFn;

/// Losses as scalars.
public final class Losses {

    /// The label that does not count, as in Hugging Face's models.
    public static final long IGNORED = -100;

    private Losses() {}

    /// `[.., V], i64[..] -> [..]`: the cross entropy at each place; 0 where the label does not count.
    public static Tensor crossEntropies(Tensor logits, Tensor labels) {
        return logits.crossEntropy(labels, IGNORED);
    }

    /// `[.., V], i64[..]`: the mean cross entropy over the labels that count.
    public static Tensor crossEntropy(Tensor logits, Tensor labels) {
        Tensor counted = labels.compare(CompareFn.NE, IGNORED).cast(DType.F32);
        return crossEntropies(logits, labels).sum().dividedBy(counted.sum());
    }

    /// `[B, V, places..], i64[B, places..]`: the mean cross entropy over the labels that count, the classes at
    /// dimension 1 as segmentation has them.
    public static Tensor crossEntropyByPlace(Tensor logits, Tensor labels) {
        int[] classesLast = IntStream.concat(IntStream.range(0, logits.rank()).filter(i -> i != 1), IntStream.of(1))
                .toArray();
        return crossEntropy(logits.transpose(classesLast), labels);
    }

    /// `[..], [..]`: `1 − (2 Σ p · t + 1) / (Σ p + Σ t + 1)` of the logits' sigmoids `p` and targets `t` from 0 to 1,
    /// over the whole batch.
    public static Tensor dice(Tensor logits, Tensor target) {
        Tensor p = logits.sigmoid();
        Tensor common = p.times(target).sum().times(2).plus(1);
        Tensor all = p.sum().plus(target.sum()).plus(1);
        return common.dividedBy(all).times(-1).plus(1);
    }

    /// `[..], [..] -> [..]`: the squared differences.
    public static Tensor squaredErrors(Tensor x, Tensor target) {
        Tensor difference = x.minus(target);
        return difference.times(difference);
    }

    /// `[..], [..]`: the mean of the squared differences.
    public static Tensor meanSquaredError(Tensor x, Tensor target) {
        return squaredErrors(x, target).mean();
    }

    /// `[..], [..] -> [..]`: the binary cross entropy of logits against targets from 0 to 1, at each place.
    public static Tensor binaryCrossEntropies(Tensor logits, Tensor target) {
        return logits.apply(UnaryFn.SOFTPLUS).minus(logits.times(target));
    }

    /// `[..], [..]`: the mean binary cross entropy of logits against targets from 0 to 1.
    public static Tensor binaryCrossEntropy(Tensor logits, Tensor target) {
        return binaryCrossEntropies(logits, target).mean();
    }
}
