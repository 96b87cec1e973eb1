package org.rduzoo.backend.host.kernel;

import java.util.Optional;

/// What [org.rduzoo.ir.Optimizer.AdamW] computes, on memory: row-major, and `f32` but for a parameter that is rounded
/// at
/// random. A result may lie where its operand lies.
///
/// @param elements how many there are
/// @param hyper `f32[]`: scale, rate, both betas, epsilon, decay
/// @param step `i64[]`
public record AdamWSpec(
        long elements,
        Place parameter,
        Place gradient,
        Place firstMoment,
        Place secondMoment,
        Hyper hyper,
        Place step,
        Optional<RandomRounding> rounding,
        Place newParameter,
        Place newFirstMoment,
        Place newSecondMoment) {

    public record Hyper(Place scale, Place lr, Place beta1, Place beta2, Place epsilon, Place weightDecay) {}

    /// The numbers that every element's step is made with.
    public record Rates(
            float scale,
            float kept,
            float beta1,
            float rest1,
            float beta2,
            float rest2,
            float stepSize,
            float rootScale,
            float epsilon) {}

    public AdamWSpec {
        for (Place p : new Place[] {
            parameter, gradient, firstMoment, secondMoment, newParameter, newFirstMoment, newSecondMoment
        }) {
            p.require(elements);
        }
    }

    Rates rates() {
        double beta1 = number(hyper.beta1);
        double beta2 = number(hyper.beta2);
        double lr = number(hyper.lr);
        long t = RawMemory.i64(step.address());
        return new Rates(
                number(hyper.scale),
                (float) (1 - lr * number(hyper.weightDecay)),
                (float) beta1,
                (float) (1 - beta1),
                (float) beta2,
                (float) (1 - beta2),
                (float) (lr / (1 - Math.pow(beta1, (double) t))),
                (float) (1 / Math.sqrt(1 - Math.pow(beta2, (double) t))),
                number(hyper.epsilon));
    }

    private static float number(Place place) {
        return RawMemory.f32(place.address());
    }
}
