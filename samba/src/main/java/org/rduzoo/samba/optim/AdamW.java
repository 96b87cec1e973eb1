package org.rduzoo.samba.optim;

import java.util.Map;
import org.rduzoo.ir.grad.TrainingGraph;
import org.rduzoo.ir.grad.TrainingOptions.Method;

/// Adam with decoupled weight decay; parameters of two or more dimensions decay.
///
/// @param maxGradNorm bound of the gradients' norm; 0 for none
public record AdamW(double lr, double beta1, double beta2, double eps, double weightDecay, double maxGradNorm)
        implements Optimizer {

    /// As `./rdu run` has it: moments 0.9 and 0.999, decay 0.1, norm at most 1.
    public static AdamW of(double lr) {
        return new AdamW(lr, 0.9, 0.999, 1e-8, 0.1, 1);
    }

    public AdamW withWeightDecay(double newWeightDecay) {
        return new AdamW(lr, beta1, beta2, eps, newWeightDecay, maxGradNorm);
    }

    public AdamW withMaxGradNorm(double newMaxGradNorm) {
        return new AdamW(lr, beta1, beta2, eps, weightDecay, newMaxGradNorm);
    }

    @Override
    public Method method() {
        return Method.ADAM_W;
    }

    @Override
    public Map<String, Double> hyperparameters() {
        return Map.of(
                TrainingGraph.LR, lr,
                TrainingGraph.BETA1, beta1,
                TrainingGraph.BETA2, beta2,
                TrainingGraph.EPS, eps,
                TrainingGraph.WEIGHT_DECAY, weightDecay,
                TrainingGraph.MAX_GRAD_NORM, maxGradNorm);
    }
}
