package org.rduzoo.runners.train;

/// The learning rate of each step: it rises to `peak` in equal parts over the first `warmup` steps, then goes its way.
///
/// @param steps how many there are
public record Schedule(Course course, double peak, int warmup, int steps) {

    /// What becomes of the learning rate after it has risen.
    public enum Course {
        CONSTANT,
        /// To 0 at the end, in equal parts.
        LINEAR,
        /// To 0 at the end, along half a cosine.
        COSINE
    }

    /// @param step from 0
    public double at(int step) {
        if (step < warmup) {
            return peak * (step + 1) / warmup;
        }
        double done = (double) (step - warmup) / Math.max(1, steps - warmup);
        return peak
                * switch (course) {
                    case CONSTANT -> 1;
                    case LINEAR -> 1 - done;
                    case COSINE -> 0.5 * (1 + Math.cos(Math.PI * done));
                };
    }
}
