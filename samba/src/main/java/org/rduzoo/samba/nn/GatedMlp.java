package org.rduzoo.samba.nn;

import org.rduzoo.samba.Params;
import org.rduzoo.samba.Tensor;

/// `[.., width] -> [.., width]`: `down(activation(gate(x)) · up(x))`, SwiGLU when the activation is SiLU (Shazeer 2020,
/// arXiv 2002.05202).
public record GatedMlp(Linear gate, Linear up, Linear down, Activation activation) {

    public static GatedMlp of(Params p, int width, int inner, boolean bias, Activation activation) {
        return new GatedMlp(
                Linear.of(p.at("gate_proj"), width, inner, bias),
                Linear.of(p.at("up_proj"), width, inner, bias),
                Linear.of(p.at("down_proj"), inner, width, bias),
                activation);
    }

    public Tensor apply(Tensor x) {
        return down.apply(activation.apply(gate.apply(x)).times(up.apply(x)));
    }
}
