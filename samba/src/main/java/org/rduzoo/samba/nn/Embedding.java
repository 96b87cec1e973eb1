package org.rduzoo.samba.nn;

import java.util.Optional;
import org.rduzoo.samba.Init;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Tensor;

/// A table of `rows` vectors, looked up by number: `i64[..] -> [.., width]`.
public record Embedding(Tensor weight) {

    public static Embedding of(Params p, int rows, int width) {
        return new Embedding(p.get("weight", Init.normal(0.02), rows, width));
    }

    public Tensor apply(Tensor ids) {
        return weight.embedding(ids);
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
