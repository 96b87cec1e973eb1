package org.rduzoo.ir.grad;

import java.util.function.Predicate;
import org.rduzoo.ir.Graph;

/// What a training step does.
///
/// @param loss the output that is minimised
/// @param method how parameters follow their gradients
/// @param trained which parameters are trained; the others are left as they are
/// @param decays which of them the weight decay applies to
/// @param accumulates whether gradients are states that each run of the backward pass adds to, for steps of several
///     micro-batches
/// @param yieldsGradients whether the graph has each gradient as an output
/// @param roundsAtRandom whether parameters are kept in bf16 alone, and rounded at random after each step
public record TrainingOptions(
        String loss,
        Method method,
        Predicate<Graph.Input> trained,
        Predicate<Graph.Input> decays,
        boolean accumulates,
        boolean yieldsGradients,
        boolean roundsAtRandom) {

    /// How parameters follow their gradients.
    public enum Method {
        /// Gradients and their norm alone.
        NONE,
        ADAM_W,
        /// Gradient descent without a velocity.
        SGD,
        /// Gradient descent with a velocity.
        MOMENTUM,
        /// Gradient descent with a velocity and Nesterov's correction.
        NESTEROV
    }

    /// A step that trains every parameter, with decay on those of two or more dimensions.
    public static TrainingOptions of(Method method) {
        return new TrainingOptions(
                "loss", method, _ -> true, i -> i.value().type().rank() >= 2, false, false, false);
    }

    public TrainingOptions withTrained(Predicate<Graph.Input> which) {
        return new TrainingOptions(loss, method, which, decays, accumulates, yieldsGradients, roundsAtRandom);
    }

    public TrainingOptions withDecays(Predicate<Graph.Input> which) {
        return new TrainingOptions(loss, method, trained, which, accumulates, yieldsGradients, roundsAtRandom);
    }

    public TrainingOptions accumulating() {
        return new TrainingOptions(loss, method, trained, decays, true, yieldsGradients, roundsAtRandom);
    }

    public TrainingOptions yieldingGradients() {
        return new TrainingOptions(loss, method, trained, decays, accumulates, true, roundsAtRandom);
    }

    public TrainingOptions roundingAtRandom() {
        return new TrainingOptions(loss, method, trained, decays, accumulates, yieldsGradients, true);
    }
}
