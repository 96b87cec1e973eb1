package org.rduzoo.runners.train;

import java.util.Map;

/// Says how well a model does on data that it does not learn from.
@FunctionalInterface
public interface Evaluator {

    /// What was found, by the names of [Metrics]' columns.
    Map<String, Double> of(TrainingSession session);
}
