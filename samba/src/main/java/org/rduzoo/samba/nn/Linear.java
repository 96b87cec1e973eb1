package org.rduzoo.samba.nn;

import java.util.Optional;
import org.rduzoo.samba.Init;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Tensor;

/// `[.., in] -> [.., out]`: `x · weightᵀ + bias`.
public record Linear(Tensor weight, Optional<Tensor> bias) {

    /// With a bias.
    public static Linear of(Params p, int in, int out) {
        return new Linear(weight(p, in, out), Optional.of(p.get("bias", Init.ZEROS, out)));
    }

    public static Linear of(Params p, int in, int out, boolean bias) {
        return bias ? of(p, in, out) : withoutBias(p, in, out);
    }

    public static Linear withoutBias(Params p, int in, int out) {
        return new Linear(weight(p, in, out), Optional.empty());
    }

    public Tensor apply(Tensor x) {
        return x.linear(weight, bias);
    }

    private static Tensor weight(Params p, int in, int out) {
        return p.get("weight", Init.normal(0.02), out, in);
    }
}
