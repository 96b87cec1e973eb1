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
import org.rduzoo.samba.EncoderModel;
import org.rduzoo.samba.ImageModel;
import org.rduzoo.samba.SambaTensor;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.ZooModel;

/// How long a training step takes on this host, with the dropout that the configuration asks for: on random tokens in
/// rows that are full, or on random images.
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
                    Map<String, SambaTensor> batch = switch (model) {
                        case ImageModel m ->
                            images(trace.graph(), batching, m.form(config).classes(), arguments.seed());
                        case DecoderModel _, EncoderModel _ ->
                            texts(trace.graph(), batching, config.integer("vocab_size"), arguments.seed());
                    };
                    int units = batching.size() * spec.unitsPerRow();
                    Map<String, Object> measured = MeasurePerformanceCommand.measure(
                            () -> session.step(
                                    List.of(batch),
                                    new TrainingSession.Settings(
                                            1,
                                            0,
                                            TrainingArguments.optimization(arguments),
                                            trace.dropouts(),
                                            arguments.seed())),
                            units,
                            spec.unit() + "/s");
                    measured.put("memory_bytes", session.memoryBytes());
                    SequencedMap<String, Object> facts = TrainingArguments.facts(model, spec, batching, options);
                    facts.put("measured", measured);
                    facts.put(
                            "predicted",
                            PredictedTime.of(
                                    Predictions.step(pef, TrainingSpec.NAME, batching.steps()),
                                    units,
                                    spec.unit() + "/s",
                                    TimingRows.cover(model.name(), pef.deployment(), false)));
                    return new MeasurePerformanceCommand.Performance(facts);
                }
            }
        }
    }

    /// A batch for the forward pass: random tokens, of which all count; other ids 0, what masks 1.
    private static Map<String, SambaTensor> texts(Graph forward, Batching batching, int vocabulary, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Map<String, SambaTensor> batch = new LinkedHashMap<>();
        forward.inputs(Graph.Kind.INPUT)
                .filter(i -> i.value().type().rank() > 0)
                .forEach(i -> {
                    Type type = i.value().type().withDim(0, batching.size());
                    SambaTensor tensor = SambaTensor.zeros(i.name(), type);
                    boolean tokens = i.name().equals("input_ids") || (i.name().equals("labels") && type.rank() == 2);
                    for (long at = 0; type.dtype() == DType.I64 && at < type.elements(); at++) {
                        long value = tokens
                                ? random.nextInt(vocabulary)
                                : i.name().matches("segments|attention_mask") ? 1 : 0;
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

    /// Images of noise, each place of a random class.
    private static Map<String, SambaTensor> images(Graph forward, Batching batching, int classes, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Map<String, SambaTensor> batch = new LinkedHashMap<>();
        forward.inputs(Graph.Kind.INPUT).forEach(i -> {
            SambaTensor tensor = SambaTensor.zeros(i.name(), i.value().type().withDim(0, batching.size()));
            boolean target = i.name().equals("target");
            for (long at = 0; at < tensor.elements(); at++) {
                if (tensor.dtype() == DType.I64) {
                    tensor.segment().setAtIndex(ValueLayout.JAVA_LONG, at, random.nextInt(classes));
                } else {
                    float value = target ? random.nextInt(2) : (float) random.nextGaussian();
                    tensor.segment().setAtIndex(ValueLayout.JAVA_FLOAT, at, value);
                }
            }
            batch.put(i.name(), tensor);
        });
        return batch;
    }
}
