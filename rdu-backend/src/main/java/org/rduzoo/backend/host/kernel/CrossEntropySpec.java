package org.rduzoo.backend.host.kernel;

/// What [org.rduzoo.ir.Reduction.CrossEntropy] computes, on row-major memory.
///
/// @param logits `f32 [rows, classes]`
/// @param targets `i64 [rows]`
/// @param loss `f32 [rows]`
/// @param logSumExp `f32 [rows]`
public record CrossEntropySpec(
        long rows,
        int classes,
        Place logits,
        Place targets,
        Place loss,
        Place logSumExp,
        long ignoreIndex,
        double labelSmoothing) {

    public CrossEntropySpec {
        logits.require(rows * classes);
        targets.require(rows);
        loss.require(rows);
        logSumExp.require(rows);
    }
}
