package org.rduzoo.runners;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Type;
import org.rduzoo.runners.train.StartingWeights;
import org.rduzoo.runners.train.TrainingSession;
import org.rduzoo.runners.train.TrainingSpec;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderModel;
import org.rduzoo.samba.SambaTensor;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.ZooModel;

/// How long a training step takes on this host, on random tokens in rows that are full.
final class TrainingMeasure {

    private TrainingMeasure() {}

    static Result run(ZooModel model, Arguments arguments, Console console) {
        CompileOptions options = CompileOptions.of(arguments);
        try (TrainingSource source = TrainingSource.of(model, arguments, console, options)) {
            Config config = source.config();
            Batching batching = Encoders.batching(arguments, 1);
            TrainingSpec spec = TrainingArguments.spec(model, config, batching, arguments, options);
            Trace trace = spec.trace(model, config);
            try (StartingWeights weights =
                    StartingWeights.of(trace, source.weights(), arguments.seed(), console::log)) {
                Pef pef = TrainRun.pef(model, config, spec, batching, arguments, options, console);
                try (TrainingSession session = TrainingSession.load(pef, weights, Feed.host(arguments))) {
                    console.log(session.description());
                    Map<String, SambaTensor> batch =
                            batch(trace.graph(), batching, config.integer("vocab_size"), arguments.seed());
                    boolean decoder = model instanceof DecoderModel;
                    Map<String, Object> measured = MeasurePerformanceCommand.measure(
                            () -> session.step(
                                    List.of(batch),
                                    new TrainingSession.Settings(
                                            1, 0, TrainingArguments.optimization(arguments), Map.of(), 0)),
                            decoder ? batching.size() * spec.tokens() : batching.size(),
                            decoder ? "tokens/s" : "samples/s");
                    measured.put("memory_bytes", session.memoryBytes());
                    SequencedMap<String, Object> facts = TableResult.row(
                            "model", model.name(),
                            "batch_size", batching.size(),
                            "microbatch_size", batching.step(),
                            "sequence_length", spec.tokens(),
                            "precision", options.precisionName(),
                            "measured", measured,
                            "predicted",
                                    PredictedTime.of(
                                            Predictions.step(pef, TrainingSpec.NAME, batching.steps()),
                                            decoder ? (double) batching.size() * spec.tokens() : batching.size(),
                                            decoder ? "tokens/s" : "samples/s",
                                            TimingRows.cover(model.name(), pef.deployment(), false)));
                    return new MeasurePerformanceCommand.Performance(facts);
                }
            }
        }
    }

    /// A batch for the forward pass: random tokens, of which all count; other ids 0, what masks 1.
    private static Map<String, SambaTensor> batch(Graph forward, Batching batching, int vocabulary, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Map<String, SambaTensor> batch = new LinkedHashMap<>();
        forward.inputs(Graph.Kind.INPUT).forEach(i -> {
            Type type = i.value().type().withDim(0, batching.size());
            SambaTensor tensor = SambaTensor.zeros(i.name(), type);
            boolean tokens = i.name().equals("input_ids") || (i.name().equals("labels") && type.rank() == 2);
            for (long at = 0; type.dtype() == DType.I64 && at < type.elements(); at++) {
                long value = tokens ? random.nextInt(vocabulary) : i.name().matches("segments|attention_mask") ? 1 : 0;
                tensor.segment().setAtIndex(ValueLayout.JAVA_LONG, at, value);
            }
            batch.put(i.name(), tensor);
        });
        Type losses = forward.outputs().stream()
                .filter(o -> o.name().equals("loss"))
                .findFirst()
                .orElseThrow()
                .value()
                .type()
                .withDim(0, batching.size());
        SambaTensor scale = SambaTensor.zeros(TrainingSession.SCALE, losses);
        MemorySegment numbers = scale.segment();
        for (long at = 0; at < losses.elements(); at++) {
            numbers.setAtIndex(ValueLayout.JAVA_FLOAT, at, 1f / losses.elements());
        }
        batch.put(TrainingSession.SCALE, scale);
        return batch;
    }
}
