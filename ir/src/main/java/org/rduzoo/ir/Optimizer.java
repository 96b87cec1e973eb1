package org.rduzoo.ir;

import static org.rduzoo.ir.IllTyped.unless;

import java.util.List;
import java.util.Optional;

/// Operations of a training step's end: from gradients to the parameters of the next step. Hyperparameters are scalars
/// of the run. All is `f32`, but for parameters that are kept in `bf16` alone.
///
/// Such a parameter has a `seed`, and the new one is rounded at random: to either of the two `bf16` beside it, the more
/// likely the nearer ([RoundingNumbers]). So steps that are smaller than a rounding add up, where rounding to the
/// nearest would lose them. `layer` tells the random numbers of one parameter from those of others.
public sealed interface Optimizer extends Op {

    /// A step that yields a new parameter first.
    sealed interface Updating permits AdamW, Sgd {

        Value parameter();

        Optional<Value> seed();
    }

    /// `[..], [..] … -> []`: the root of the sum of the squares of all elements of all operands.
    ///
    /// - C1: there is an operand, and all are `f32`.
    record GlobalNorm(List<Value> gradients) implements Optimizer {
        @Override
        public List<Type> infer() {
            unless(
                    !gradients.isEmpty() && gradients.stream().allMatch(g -> g.dtype() == DType.F32),
                    this,
                    "C1",
                    "there is an operand, and all are f32");
            return List.of(Type.of(DType.F32));
        }
    }

    /// One step of Adam with decoupled weight decay (Loshchilov and Hutter 2017, arXiv 1711.05101), as PyTorch has it:
    /// the new parameter and both moments.
    ///
    /// With `g = scale · gradient`: `m = β₁ · m + (1 − β₁) · g`, `v = β₂ · v + (1 − β₂) · g²`, and the parameter is
    /// `(1 − lr · weightDecay) · parameter − lr · m̂ / (√v̂ + epsilon)`, where `m̂ = m / (1 − β₁^step)` and
    /// `v̂ = v / (1 − β₂^step)`. Steps count from 1.
    ///
    /// - C1: parameter, gradient and moments are `f32` of one shape; with a seed, the parameter may be `bf16`.
    /// - C2: hyperparameters are `f32[]`; the step and the seed are `i64[]`.
    record AdamW(
            Value parameter,
            Value gradient,
            Value firstMoment,
            Value secondMoment,
            Value scale,
            Value lr,
            Value beta1,
            Value beta2,
            Value epsilon,
            Value weightDecay,
            Value step,
            Optional<Value> seed,
            long layer)
            implements Optimizer, Updating {
        @Override
        public List<Type> infer() {
            requireSame(this, parameter, seed, gradient, firstMoment, secondMoment);
            requireScalars(this, scale, lr, beta1, beta2, epsilon, weightDecay);
            unless(step.type().equals(Type.of(DType.I64)), this, "C2", "the step is i64[]");
            return List.of(parameter.type(), gradient.type(), gradient.type());
        }
    }

    /// One step of stochastic gradient descent, as PyTorch has it: the new parameter, and the new velocity if there is
    /// one.
    ///
    /// With `g = scale · gradient + weightDecay · parameter` and `velocity = momentum · velocity + g`, the parameter is
    /// `parameter − lr · d`, where `d` is `g` without a velocity, else the velocity, or `g + momentum · velocity` if
    /// `nesterov`.
    ///
    /// - C1: parameter, gradient and velocity are `f32` of one shape; with a seed, the parameter may be `bf16`.
    /// - C2: hyperparameters are `f32[]`; the seed is `i64[]`.
    record Sgd(
            Value parameter,
            Value gradient,
            Optional<Value> velocity,
            Value scale,
            Value lr,
            Value momentum,
            Value weightDecay,
            boolean nesterov,
            Optional<Value> seed,
            long layer)
            implements Optimizer, Updating {
        @Override
        public List<Type> infer() {
            requireSame(this, parameter, seed, gradient, velocity.orElse(gradient));
            requireScalars(this, scale, lr, momentum, weightDecay);
            return velocity.isPresent() ? List.of(parameter.type(), gradient.type()) : List.of(parameter.type());
        }
    }

    private static void requireSame(Op op, Value parameter, Optional<Value> seed, Value... values) {
        boolean same = (parameter.dtype() == DType.F32 || (parameter.dtype() == DType.BF16 && seed.isPresent()))
                && parameter.shape().equals(values[0].shape());
        for (Value v : values) {
            same &= v.dtype() == DType.F32 && v.type().equals(values[0].type());
        }
        unless(same, op, "C1", "parameter, gradient and what is kept for it are of one shape, and f32 but for a seed");
        unless(seed.stream().allMatch(s -> s.type().equals(Type.of(DType.I64))), op, "C2", "the seed is i64[]");
    }

    private static void requireScalars(Op op, Value... values) {
        for (Value v : values) {
            unless(v.type().equals(Type.of(DType.F32)), op, "C2", "hyperparameters are f32[]");
        }
    }
}
