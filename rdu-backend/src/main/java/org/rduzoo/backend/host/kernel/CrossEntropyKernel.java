package org.rduzoo.backend.host.kernel;

import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.samba.UserError;

/// The loss of each row of logits: a pass for the largest, one for the sum of exponentials, and with label smoothing
/// one for the mean.
public final class CrossEntropyKernel implements Kernel {

    private final CrossEntropySpec spec;
    private final TileMath math;

    public CrossEntropyKernel(CrossEntropySpec spec, TileMath math) {
        this.spec = spec;
        this.math = math;
    }

    @Override
    public void run(int part, int parts) {
        int classes = spec.classes();
        for (long row = spec.rows() * part / parts; row < spec.rows() * (part + 1) / parts; row++) {
            long logits = spec.logits().address() + 4L * classes * row;
            float max = math.max(logits, classes);
            double lse = max + Math.log(math.sumOfExp(logits, max, classes));
            long target = RawMemory.i64(spec.targets().address() + 8 * row);
            double loss = 0;
            if (target != spec.ignoreIndex()) {
                if (target < 0 || target >= classes) {
                    throw new UserError(
                            "target %d, in place %d, is outside the %d classes.".formatted(target, row, classes));
                }
                double smoothing = spec.labelSmoothing();
                loss = lse - (1 - smoothing) * RawMemory.f32(logits + 4 * target);
                if (smoothing != 0) {
                    loss -= smoothing * math.sum(logits, classes) / classes;
                }
            }
            RawMemory.f32(spec.loss().address() + 4 * row, (float) loss);
            RawMemory.f32(spec.logSumExp().address() + 4 * row, (float) lse);
        }
    }
}
