package org.rduzoo.samba.nn;

import org.rduzoo.samba.Init;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Tensor;

/// `[.., width] -> [.., width]`: each row over its root mean square, scaled (Zhang and Sennrich 2019).
public record RmsNorm(Tensor weight, double epsilon) {

    public static RmsNorm of(Params p, int width, double epsilon) {
        return new RmsNorm(p.get("weight", Init.ONES, width), epsilon);
    }

    public Tensor apply(Tensor x) {
        return x.rmsNorm(weight, epsilon);
    }
}
