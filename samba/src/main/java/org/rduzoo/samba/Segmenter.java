package org.rduzoo.samba;

import org.rduzoo.ir.DType;

/// An image model that is built.
public interface Segmenter {

    /// `[N, channels, sides..] -> [N, classes, sides..]`: a score for each class at each place.
    Tensor logits(Tensor image);

    /// The element type of the loss's target: `i64[N, sides..]` of classes, or `f32[N, classes, sides..]` from 0 to 1.
    DType targetType();

    /// The loss, a scalar.
    Tensor loss(Tensor logits, Tensor target);
}
