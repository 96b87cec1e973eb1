package org.rduzoo.runners;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.rduzoo.backend.host.HostModel;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.runners.generate.DecoderShape;
import org.rduzoo.runners.generate.Generator;
import org.rduzoo.runners.generate.Sampling;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderModel;

/// How long a decoder takes on this host: prompts of random tokens, and as many tokens after them as are asked for.
final class DecoderMeasure {

    /// Tokens of the prompt, where nothing else is asked for.
    static final int PROMPT = 512;

    /// Tokens after it, where nothing else is asked for.
    static final int NEW_TOKENS = 32;

    private DecoderMeasure() {}

    static Result run(String command, DecoderModel model, Arguments arguments, Console console) {
        CompileOptions options = CompileOptions.of(arguments);
        int promptLength = arguments.positive(Option.PROMPT_LENGTH).orElse(PROMPT);
        int newTokens = arguments.positive(Option.MAX_NEW_TOKENS).orElse(NEW_TOKENS);
        Optional<Pef> given = arguments.path(Option.PEF).map(Pef::read);
        given.ifPresent(pef -> GivenPef.require(pef, command, model, options));
        ModelSource source = ModelSource.of(model, arguments, console);
        try (Checkpoint checkpoint = source.open(options.precision().dtype())) {
            Config config = source.config(checkpoint, given.map(GivenPef::set).orElse(ModelSource.set(arguments)));
            given.ifPresent(pef -> GivenPef.requireConfig(pef, config));
            DecoderShape shape = given.map(Decoders::shape)
                    .orElseGet(() -> shape(model, config, arguments, promptLength, newTokens));
            Pef pef = given.orElseGet(
                    () -> Decoders.cached(model, config, shape, options).pef());
            SplittableRandom random = new SplittableRandom(arguments.seed());
            List<long[]> prompts = IntStream.range(0, shape.batch())
                    .mapToObj(_ -> random.longs(promptLength, 0, config.integer("vocab_size"))
                            .toArray())
                    .toList();
            try (HostModel host = HostModel.load(pef, checkpoint.weights(), Feed.host(arguments))) {
                Generator generator = new Generator(host, shape, Set.of());
                generator.prepare(prompts);
                console.log(host.description());
                SequencedMap<String, Object> measured = measure(generator, prompts, newTokens);
                return new MeasurePerformanceCommand.Performance(TableResult.row(
                        "model",
                        model.name(),
                        "batch_size",
                        shape.batch(),
                        "prompt_length",
                        promptLength,
                        "max_new_tokens",
                        newTokens,
                        "precision",
                        pef.compilation().arguments().getOrDefault(Option.PRECISION.key(), "bf16"),
                        "measured",
                        measured,
                        "predicted",
                        Predictions.ofRun(model, pef, shape, promptLength, newTokens)));
            }
        }
    }

    /// The shapes that a prompt and its continuation are compiled for.
    static DecoderShape shape(DecoderModel model, Config config, Arguments arguments, int promptLength, int newTokens) {
        int limit = Decoders.limit(model, config, arguments);
        int slots = arguments.has(Option.MAX_SEQ_LENGTH) ? limit : Decoders.slots(promptLength + newTokens, limit);
        return Decoders.shape(arguments, arguments.positive(Option.BATCH_SIZE).orElse(1), slots);
    }

    private static SequencedMap<String, Object> measure(Generator generator, List<long[]> prompts, int newTokens) {
        List<Generator.Result> runs = Repeated.runs(
                () -> generator.run(prompts, newTokens, Sampling.GREEDY, (_, _) -> {}),
                r -> newTokens == 1 ? r.firstTokenSeconds() : r.stepSeconds());
        double seconds = median(runs.stream().map(Generator.Result::seconds).toList());
        double first =
                median(runs.stream().map(Generator.Result::firstTokenSeconds).toList());
        SequencedMap<String, Object> measured = new LinkedHashMap<>();
        measured.put("seconds", seconds);
        measured.put("throughput", prompts.size() * (double) newTokens / seconds);
        measured.put("unit", "tokens/s");
        measured.put("runs", runs.size());
        measured.put(
                "min_s",
                runs.stream().mapToDouble(Generator.Result::seconds).min().orElse(0));
        measured.put(
                "max_s",
                runs.stream().mapToDouble(Generator.Result::seconds).max().orElse(0));
        measured.put("time_to_first_token_s", first);
        measured.put("prefill_tokens_per_second", prompts.size() * prompts.getFirst().length / first);
        if (newTokens > 1) {
            double step =
                    median(runs.stream().map(r -> r.stepSeconds() / r.steps()).toList());
            measured.put("seconds_per_token", step);
            measured.put("decode_tokens_per_second", prompts.size() / step);
        }
        PeakMemory.addTo(measured);
        return measured;
    }

    private static double median(List<Double> values) {
        return values.stream().sorted(Comparator.naturalOrder()).toList().get(values.size() / 2);
    }
}
