package org.rduzoo.samba.optim;

import java.util.Map;
import org.rduzoo.ir.grad.TrainingOptions;

/// How parameters follow their gradients. The method is part of the graph; its numbers are not: each run may have
/// others.
public sealed interface Optimizer permits AdamW, Sgd {

    TrainingOptions.Method method();

    /// Its numbers by the names of the graph's inputs, as in `lr` and `weight_decay`.
    Map<String, Double> hyperparameters();
}
