package org.rduzoo.samba;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.rduzoo.ir.DType;

/// An encoder that is built: a body that turns tokens to vectors, and a head. `B` texts, `T` tokens, `C` hidden size.
public interface Encoder {

    /// What a text's numbers mean in the end.
    enum Head {
        /// Vectors: sentence embeddings.
        NONE,
        /// A distribution over the vocabulary, for each token.
        MASKED_LM,
        /// A score for each label, for the text.
        CLASSIFICATION
    }

    Head head();

    /// The names of the labels of a classification head; else empty.
    List<String> labels();

    /// The last hidden state: `[B, T, C]`.
    Tensor hidden(TextInputs inputs);

    /// The outputs by name, over the last hidden state.
    SequencedMap<String, Tensor> outputs(Tensor hidden);

    /// What a loss is measured against, if there is one to measure.
    Optional<Target> target(int batch, int tokens);

    /// The loss of each place, in the target's shape: what [#loss] is the mean or the sum of.
    Tensor losses(Map<String, Tensor> outputs, Tensor target);

    /// The loss, a scalar.
    Tensor loss(Map<String, Tensor> outputs, Tensor target);

    /// The input that holds what should have come out.
    ///
    /// @param reduction what the loss is of the losses at each place that counts
    record Target(String name, DType dtype, List<Integer> dims, Reduction reduction) {}

    /// How the losses of all places, and so those of parts of a batch, make one.
    enum Reduction {
        /// The mean over the places that count: of `i64` labels all but [org.rduzoo.samba.Losses#IGNORED].
        MEAN,
        SUM
    }

    /// Tokens and what is known of them, each `i64[B, T]`.
    ///
    /// @param attentionMask 0 on padding
    record TextInputs(Tensor inputIds, Tensor attentionMask, Tensor tokenTypeIds) {}
}
