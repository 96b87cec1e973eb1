package org.rduzoo.runners;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeSet;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.cost.Conditions;
import org.rduzoo.backend.cost.CostModel;
import org.rduzoo.backend.cost.Prediction;
import org.rduzoo.backend.cost.RequestPrediction;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.checkpoint.SentenceModel;
import org.rduzoo.ir.Graph;
import org.rduzoo.runners.generate.DecoderShape;
import org.rduzoo.runners.train.TrainingSpec;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderModel;
import org.rduzoo.samba.EncoderModel;
import org.rduzoo.samba.ImageModel;
import org.rduzoo.samba.ZooModel;

/// What a model would take on a chip, from its configuration and shapes alone: `measure-performance --predict-only`.
final class Predictions {

    private Predictions() {}

    static Result of(ZooModel model, Arguments arguments, Console console) {
        if (model instanceof ImageModel image) {
            return arguments.on(Option.INFERENCE)
                    ? image(image, arguments, console)
                    : training(
                            image,
                            TrainingSource.config(image, arguments, console),
                            arguments,
                            CompileOptions.of(arguments));
        }
        ModelSource source = ModelSource.of(model, arguments, console);
        return of(model, source.config(ModelSource.set(arguments)), source.sentence(), arguments);
    }

    /// What a model of texts would take.
    static Predicted of(ZooModel model, Config config, Optional<SentenceModel> sentence, Arguments arguments) {
        CompileOptions options = CompileOptions.of(arguments);
        if (!arguments.on(Option.INFERENCE)) {
            return training(model, config, arguments, options);
        }
        return switch (model) {
            case DecoderModel m -> decoder(m, config, arguments, options);
            case EncoderModel m -> encoder(m, config, sentence, arguments, options);
            case ImageModel m -> throw new IllegalStateException(m.name() + " reads no texts");
        };
    }

    private static Predicted decoder(DecoderModel model, Config config, Arguments arguments, CompileOptions options) {
        int promptLength = arguments.positive(Option.PROMPT_LENGTH).orElse(DecoderMeasure.PROMPT);
        int newTokens = arguments.positive(Option.MAX_NEW_TOKENS).orElse(DecoderMeasure.NEW_TOKENS);
        DecoderShape asked = DecoderMeasure.shape(model, config, arguments, promptLength, newTokens);
        boolean given = arguments.has(Option.STATIC_SEQ_LENGTHS);
        DecoderShape shape = given ? asked : withOneChunk(asked, promptLength);
        RequestPrediction request = request(model, config, shape, promptLength, newTokens, options);
        return new Predicted(
                TableResult.row(
                        "model", model.name(),
                        "batch_size", shape.batch(),
                        "prompt_length", promptLength,
                        "max_new_tokens", newTokens,
                        "precision", options.precisionName()),
                PredictedTime.of(
                        request,
                        options.deployment(),
                        shape.batch(),
                        promptLength,
                        newTokens,
                        TimingRows.cover(model.name(), options.deployment(), true)),
                new Cost(request.flops(), request.bytes(), request.rooflineSeconds()));
    }

    /// The shape that a chip is compiled for if it is to take prompts of this length alone: whole, or in the fewest
    /// parts of equal length that are no longer than the longest usual one.
    private static DecoderShape withOneChunk(DecoderShape shape, int promptLength) {
        int parts = Math.ceilDiv(promptLength, Decoders.LONGEST_CHUNK);
        return new DecoderShape(shape.batch(), shape.slots(), List.of(Math.ceilDiv(promptLength, parts)));
    }

    /// What a request takes; only the graphs that it needs are compiled.
    static RequestPrediction request(
            DecoderModel model,
            Config config,
            DecoderShape shape,
            int promptLength,
            int newTokens,
            CompileOptions options) {
        List<Integer> plan = shape.plan(promptLength);
        List<Graph> graphs = new ArrayList<>();
        for (int chunk : new TreeSet<>(plan)) {
            graphs.add(Decoders.step(DecoderShape.prefill(chunk), model, config, shape, chunk)
                    .graph());
        }
        graphs.add(Decoders.step(DecoderShape.DECODE, model, config, shape, 1).graph());
        Pef pef = options.compile(model.name(), config, graphs, Decoders.arguments(shape));
        return request(pef, plan, promptLength, newTokens);
    }

    /// What a decoder's run would have taken: the longest prompt, and as many tokens after it as came.
    static SequencedMap<String, Object> ofRun(
            DecoderModel model, Pef pef, DecoderShape shape, int promptLength, int newTokens) {
        RequestPrediction request = request(pef, shape.plan(promptLength), promptLength, newTokens);
        boolean validated = TimingRows.cover(model.name(), pef.deployment(), true);
        return PredictedTime.of(request, pef.deployment(), shape.batch(), promptLength, newTokens, validated);
    }

    /// As [#ofRun], but only what a line on the console says.
    static SequencedMap<String, Object> ofRunInShort(
            DecoderModel model, Pef pef, DecoderShape shape, int promptLength, int newTokens) {
        RequestPrediction request = request(pef, shape.plan(promptLength), promptLength, newTokens);
        boolean validated = TimingRows.cover(model.name(), pef.deployment(), true);
        return PredictedTime.inShort(request, pef.deployment(), validated);
    }

    /// What a request takes whose prompt goes through `plan`.
    static RequestPrediction request(Pef pef, List<Integer> plan, int promptLength, int newTokens) {
        List<RequestPrediction.Chunk> chunks = plan.stream()
                .map(n -> {
                    Pef.Entry entry = pef.entry(DecoderShape.prefill(n)).orElseThrow();
                    return new RequestPrediction.Chunk(entry.graph(), entry.plan(), n);
                })
                .toList();
        Pef.Entry decode = pef.entry(DecoderShape.DECODE).orElseThrow();
        return RequestPrediction.of(chunks, promptLength, decode.graph(), decode.plan(), newTokens, pef.deployment());
    }

    private static Predicted training(ZooModel model, Config config, Arguments arguments, CompileOptions options) {
        Batching batching = Encoders.batching(arguments, 1);
        TrainingSpec spec = TrainingArguments.spec(model, config, batching, arguments, options);
        Pef pef = options.compile(
                model.name(), config, spec.graphs(model, config), TrainingArguments.shapes(spec, batching));
        int accumulated = arguments.positive(Option.GRAD_ACCUMULATION_STEPS).orElse(1);
        Prediction step = step(pef, TrainingSpec.NAME, batching.steps() * accumulated);
        int texts = batching.size() * accumulated;
        return predicted(
                TrainingArguments.facts(model, spec, batching, options),
                step,
                (double) texts * spec.unitsPerRow(),
                spec.unit() + "/s",
                TimingRows.cover(model.name(), options.deployment(), false));
    }

    private static Predicted encoder(
            EncoderModel model,
            Config config,
            Optional<SentenceModel> sentence,
            Arguments arguments,
            CompileOptions options) {
        int limit = Encoders.limit(model, config, arguments, sentence);
        Batching batching = Encoders.batching(arguments, 1);
        GraphSpec spec = Encoders.spec(Encoders.shapes(model, config).head(), arguments, sentence, batching, limit);
        Pef pef = options.compile(model.name(), config, List.of(spec.graph(model, config)), spec.arguments());
        return predicted(
                TableResult.row(
                        "model", model.name(),
                        "batch_size", batching.size(),
                        "microbatch_size", batching.step(),
                        "sequence_length", spec.tokens(),
                        "precision", options.precisionName()),
                step(pef, spec.name(), batching.steps()),
                batching.size(),
                "sentences/s",
                TimingRows.cover(model.name(), options.deployment(), true));
    }

    private static Predicted image(ImageModel model, Arguments arguments, Console console) {
        CompileOptions options = CompileOptions.of(arguments);
        try (ImageSetup setup = ImageSetup.open(model, arguments, console)) {
            int batch = arguments.positive(Option.BATCH_SIZE).orElse(1);
            List<Integer> sides = setup.sides(arguments, Optional.empty());
            Pef pef = setup.compile(options, batch, sides);
            return predicted(
                    TableResult.row(
                            "model", model.name(),
                            "batch_size", batch,
                            "image", sides.toString(),
                            "precision", options.precisionName()),
                    step(pef, ImageSetup.graphName(sides), 1),
                    batch,
                    "images/s",
                    TimingRows.cover(model.name(), options.deployment(), true));
        }
    }

    private static Predicted predicted(
            SequencedMap<String, Object> facts, Prediction step, double units, String unit, boolean validated) {
        return new Predicted(
                facts,
                PredictedTime.of(step, units, unit, validated),
                new Cost(step.flops(), step.traffic().memory(), step.rooflineSeconds()));
    }

    /// What a graph of a PEF takes, for the batch that it was compiled for.
    static Prediction step(Pef pef, String graph) {
        return step(pef, graph, GivenPef.microBatches(pef));
    }

    /// What a graph of a PEF takes.
    static Prediction step(Pef pef, String graph, int microBatches) {
        Pef.Entry entry = pef.entry(graph).orElseThrow();
        Deployment deployment = pef.deployment();
        return CostModel.predict(
                entry.graph(),
                entry.plan(),
                deployment,
                Conditions.of(deployment.arch()).withMicroBatches(microBatches));
    }

    /// What a naive guess goes by.
    ///
    /// @param flops of one chip
    /// @param bytes between one chip and its memories
    /// @param roofline seconds at the peaks of the data sheet
    record Cost(double flops, double bytes, double roofline) {}

    /// Facts about what was predicted, and the prediction.
    record Predicted(SequencedMap<String, Object> facts, SequencedMap<String, Object> predicted, Cost cost)
            implements Result {

        @Override
        public void print(PrintStream out) {
            Map<String, Object> lines = new LinkedHashMap<>(facts);
            lines.putAll(predicted);
            Table.facts(lines, out);
        }

        @Override
        public Map<String, Object> json() {
            Map<String, Object> json = new LinkedHashMap<>(facts);
            json.put("predicted", predicted);
            return json;
        }
    }
}
