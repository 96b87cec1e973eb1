package org.rduzoo.samba.nn;

import org.rduzoo.samba.Init;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Tensor;

/// `[N, channels, ..] -> [N, channels, ..]`: each channel less its mean, over its deviation, scaled and shifted (Ioffe
/// and Szegedy 2015). Training uses the batch's statistics and keeps running ones; inference uses these.
public record BatchNorm(Tensor weight, Tensor bias, Tensor runningMean, Tensor runningVariance) {

    /// How far the running statistics move towards the batch's.
    private static final double MOMENTUM = 0.1;

    private static final double EPSILON = 1e-5;

    public static BatchNorm of(Params p, int channels) {
        return new BatchNorm(
                p.get("weight", Init.ONES, channels),
                p.get("bias", Init.ZEROS, channels),
                p.get("running_mean", Init.ZEROS, channels),
                p.get("running_var", Init.ONES, channels));
    }

    public Tensor apply(Tensor x) {
        return x.batchNorm(weight, bias, runningMean, runningVariance, MOMENTUM, EPSILON);
    }
}
