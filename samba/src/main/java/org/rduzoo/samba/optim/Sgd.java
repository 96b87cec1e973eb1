package org.rduzoo.samba.optim;

import java.util.Map;
import org.rduzoo.ir.grad.TrainingGraph;
import org.rduzoo.ir.grad.TrainingOptions.Method;

/// Stochastic gradient descent with a velocity, which a momentum of 0 makes of no effect; parameters of two or more
/// dimensions decay.
///
/// @param maxGradNorm bound of the gradients' norm; 0 for none
public record Sgd(double lr, double momentum, double weightDecay, double maxGradNorm) implements Optimizer {

    /// As `./rdu run` has it: no momentum, decay 0.1, norm at most 1.
    public static Sgd of(double lr) {
        return new Sgd(lr, 0, 0.1, 1);
    }

    public Sgd withMomentum(double newMomentum) {
        return new Sgd(lr, newMomentum, weightDecay, maxGradNorm);
    }

    public Sgd withWeightDecay(double newWeightDecay) {
        return new Sgd(lr, momentum, newWeightDecay, maxGradNorm);
    }

    public Sgd withMaxGradNorm(double newMaxGradNorm) {
        return new Sgd(lr, momentum, weightDecay, newMaxGradNorm);
    }

    @Override
    public Method method() {
        return Method.MOMENTUM;
    }

    @Override
    public Map<String, Double> hyperparameters() {
        return Map.of(
                TrainingGraph.LR, lr,
                TrainingGraph.MOMENTUM, momentum,
                TrainingGraph.WEIGHT_DECAY, weightDecay,
                TrainingGraph.MAX_GRAD_NORM, maxGradNorm);
    }
}
