package org.rduzoo.runners;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.rduzoo.checkpoint.lora.AdapterConfig;
import org.rduzoo.checkpoint.lora.AdapterWeights;
import org.rduzoo.runners.train.StartingWeights;
import org.rduzoo.runners.train.TrainedModel;
import org.rduzoo.runners.train.TrainingSpec;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.LowRank;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.ZooModel;

/// What a training begins with: the graph of a step, the weights, and what is to be written of them.
///
/// @param dropout the probabilities of dropout by the graph's inputs
record TrainingStart(TrainingSpec spec, StartingWeights weights, TrainedModel model, Map<String, Double> dropout)
        implements AutoCloseable {

    /// @param shape the graph of a step that trains all
    static TrainingStart of(
            ZooModel model,
            Config config,
            TrainingSpec shape,
            TrainingSource source,
            Arguments arguments,
            Console console) {
        Optional<AdapterConfig> adapter = LowRankArguments.config(model, arguments, source);
        Optional<LowRank> adapters = adapter.map(a -> LowRankArguments.adapters(a, source));
        TrainingSpec spec = shape.withTuning(adapters.map(TrainingSpec.Tuning::of));
        Trace trace = spec.trace(model, config);
        boolean turned = trace.adapted().stream().anyMatch(LowRank.Layer::turned);
        StartingWeights weights = StartingWeights.of(trace, source.weights(), arguments.seed(), console::log);
        List<String> whole = Stream.concat(
                        weights.fresh().stream(), source.adapter().stream().flatMap(a -> a.weights().whole().stream()))
                .distinct()
                .toList();
        List<String> modules = AdapterWeights.modules(whole);
        return new TrainingStart(
                spec.withTuning(adapters.map(a -> new TrainingSpec.Tuning(a, whole))),
                weights,
                new TrainedModel(
                        config,
                        source.files(),
                        weights,
                        adapter.map(a -> a.withModel(LowRankArguments.task(a, modules), turned, modules))),
                dropout(trace, adapter, arguments));
    }

    private static Map<String, Double> dropout(Trace trace, Optional<AdapterConfig> adapter, Arguments arguments) {
        Map<String, Double> dropout = new TreeMap<>(trace.dropouts());
        Optional<Double> asked = arguments.ratio(Option.DROPOUT);
        if (asked.filter(p -> p > 0).isPresent() && dropout.isEmpty()) {
            throw new UserError("--dropout is %s, but this model's config.json has no dropout, and so no place for it."
                    .formatted(asked.get()));
        }
        asked.ifPresent(p -> dropout.replaceAll((_, _) -> p));
        adapter.filter(a -> a.dropout() > 0).ifPresent(a -> dropout.put(LowRank.DROPOUT, a.dropout()));
        return dropout;
    }

    @Override
    public void close() {
        weights.close();
    }
}
