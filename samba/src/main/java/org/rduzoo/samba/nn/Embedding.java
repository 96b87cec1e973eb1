package org.rduzoo.samba.nn;

import java.util.Optional;
import org.rduzoo.samba.Init;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Tensor;

/// A table of `rows` vectors, looked up by number: `i64[..] -> [.., width]`.
///
/// @param padding the row that training leaves as it is, if there is one
public record Embedding(Tensor weight, Optional<Long> padding) {

    public static Embedding of(Params p, int rows, int width) {
        return of(p, rows, width, Optional.empty());
    }

    public static Embedding of(Params p, int rows, int width, Optional<Long> padding) {
        return new Embedding(p.get("weight", Init.normal(0.02), rows, width), padding);
    }

    public Tensor apply(Tensor ids) {
        return weight.embedding(ids, padding);
    }

    /// The same weights as a head over the vocabulary: `[.., width] -> [.., rows]`.
    public Linear asLinear() {
        return new Linear(weight, Optional.empty());
    }

    /// The first `count` rows: `[count, width]`.
    public Tensor first(int count) {
        return weight.slice(0, 0, count);
    }
}
