package org.rduzoo.backend.host.kernel;

import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.samba.UserError;

/// What the gradient of a cross entropy does at targets, before and after its pass over all logits.
public final class TargetGradients {

    private TargetGradients() {}

    /// The gradient of each row, or 0 where its target is ignored.
    ///
    /// @param gradient `f32 [rows]`
    /// @param targets `i64 [rows]`
    /// @param to `f32 [rows]`
    public static Kernel counted(long rows, Place gradient, Place targets, long ignoreIndex, Place to) {
        gradient.require(rows);
        targets.require(rows);
        to.require(rows);
        return (part, parts) -> {
            for (long row = rows * part / parts; row < rows * (part + 1) / parts; row++) {
                boolean ignored = RawMemory.i64(targets.address() + 8 * row) == ignoreIndex;
                RawMemory.f32(to.address() + 4 * row, ignored ? 0 : RawMemory.f32(gradient.address() + 4 * row));
            }
        };
    }

    /// Takes `share` of each row's gradient away from the class that is its target.
    ///
    /// @param counted what [#counted] left
    /// @param byLogits `f32 [rows, classes]`
    public static Kernel atTargets(
            long rows, int classes, Place counted, Place targets, long ignoreIndex, double share, Place byLogits) {
        byLogits.require(rows * classes);
        return (part, parts) -> {
            for (long row = rows * part / parts; row < rows * (part + 1) / parts; row++) {
                long target = RawMemory.i64(targets.address() + 8 * row);
                if (target == ignoreIndex) {
                    continue;
                }
                if (target < 0 || target >= classes) {
                    throw new UserError(
                            "target %d, in place %d, is outside the %d classes.".formatted(target, row, classes));
                }
                long at = byLogits.address() + 4 * (row * classes + target);
                float g = RawMemory.f32(counted.address() + 4 * row);
                RawMemory.f32(at, RawMemory.f32(at) - (float) (share * g));
            }
        };
    }
}
