package org.rduzoo.samba.nn;

import org.rduzoo.samba.Init;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Tensor;

/// `[.., width] -> [.., width]`: each row less its mean, over its deviation, scaled and shifted (Ba et al. 2016).
public record LayerNorm(Tensor weight, Tensor bias, double epsilon) {

    public static LayerNorm of(Params p, int width, double epsilon) {
        return new LayerNorm(p.get("weight", Init.ONES, width), p.get("bias", Init.ZEROS, width), epsilon);
    }

    public Tensor apply(Tensor x) {
        return x.layerNorm(weight, bias, epsilon);
    }
}
