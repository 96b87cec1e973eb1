package org.rduzoo.backend.host.kernel;

import java.util.Optional;

/// What [org.rduzoo.ir.Optimizer.Sgd] computes, on memory: row-major, and `f32` but for a parameter that is rounded at
/// random. A result may lie where its operand lies.
///
/// @param elements how many there are
/// @param velocity and `newVelocity`: both or none
/// @param scale and the other hyperparameters: `f32[]`
public record SgdSpec(
        long elements,
        Place parameter,
        Place gradient,
        Optional<Place> velocity,
        Place scale,
        Place lr,
        Place momentum,
        Place weightDecay,
        boolean nesterov,
        Optional<RandomRounding> rounding,
        Place newParameter,
        Optional<Place> newVelocity) {

    /// The numbers that every element's step is made with.
    public record Rates(float scale, float lr, float momentum, float weightDecay) {}

    public SgdSpec {
        parameter.require(elements);
        gradient.require(elements);
        newParameter.require(elements);
        velocity.ifPresent(p -> p.require(elements));
        newVelocity.ifPresent(p -> p.require(elements));
    }

    Rates rates() {
        return new Rates(
                RawMemory.f32(scale.address()),
                RawMemory.f32(lr.address()),
                RawMemory.f32(momentum.address()),
                RawMemory.f32(weightDecay.address()));
    }

    /// The address of the velocity's first element, 0 where there is none.
    public long velocityAddress() {
        return velocity.map(Place::address).orElse(0L);
    }

    /// As [#velocityAddress], of the new one.
    public long newVelocityAddress() {
        return newVelocity.map(Place::address).orElse(0L);
    }
}
