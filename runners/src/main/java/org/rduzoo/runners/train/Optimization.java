package org.rduzoo.runners.train;

import java.util.Map;
import org.rduzoo.ir.grad.TrainingGraph;

/// The numbers that an optimizer is told, the learning rate apart: they change from run to run, and no graph with them.
///
/// @param maxGradNorm 0 for no bound
public record Optimization(
        double beta1, double beta2, double eps, double momentum, double weightDecay, double maxGradNorm) {

    /// The inputs of a training graph that they are for, of which it has some.
    Map<String, Double> scalars() {
        return Map.of(
                TrainingGraph.BETA1,
                beta1,
                TrainingGraph.BETA2,
                beta2,
                TrainingGraph.EPS,
                eps,
                TrainingGraph.MOMENTUM,
                momentum,
                TrainingGraph.WEIGHT_DECAY,
                weightDecay,
                TrainingGraph.MAX_GRAD_NORM,
                maxGradNorm);
    }
}
