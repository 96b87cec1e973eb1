package org.rduzoo.samba.nn;

import org.rduzoo.samba.Init;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Tensor;

/// `[N, channels, ..] -> [N, channels, ..]`: runs of channels less their mean, over their deviation, scaled and shifted
/// by channel (Wu and He 2018).
public record GroupNorm(Tensor weight, Tensor bias, int groups) {

    private static final double EPSILON = 1e-5;

    public static GroupNorm of(Params p, int channels, int groups) {
        return new GroupNorm(p.get("weight", Init.ONES, channels), p.get("bias", Init.ZEROS, channels), groups);
    }

    public Tensor apply(Tensor x) {
        return x.groupNorm(weight, bias, groups, EPSILON);
    }
}
