package org.rduzoo.runners;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import org.rduzoo.backend.host.HostGraph;
import org.rduzoo.backend.host.HostModel;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.checkpoint.SentenceModel;
import org.rduzoo.ir.Shape;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderModel;
import org.rduzoo.samba.Encoder;
import org.rduzoo.samba.EncoderModel;
import org.rduzoo.samba.ImageModel;
import org.rduzoo.samba.ZooModel;

/// `rdu measure-performance MODEL`: how long a batch takes on this host, and would take on the chip.
record MeasurePerformanceCommand() implements Command {

    @Override
    public String name() {
        return "measure-performance";
    }

    @Override
    public String summary() {
        return "latency and throughput of a batch, measured on this host and predicted for the chip";
    }

    @Override
    public List<String> operands() {
        return List.of("MODEL");
    }

    @Override
    public List<Option> options() {
        List<Option> options = new ArrayList<>(Option.compiling());
        options.addAll(Option.hosting());
        options.addAll(List.of(
                Option.PREDICT_ONLY,
                Option.PROMPT_LENGTH,
                Option.MAX_NEW_TOKENS,
                Option.STATIC_SEQ_LENGTHS,
                Option.OPTIMIZER,
                Option.MOMENTUM,
                Option.GRAD_ACCUMULATION_STEPS,
                Option.SEED));
        options.addAll(Option.images());
        return options;
    }

    @Override
    public Result run(Arguments arguments, Console console) {
        ZooModel found = Models.of(this, arguments);
        if (arguments.on(Option.PREDICT_ONLY)) {
            return Predictions.of(found, arguments, console);
        }
        if (!arguments.on(Option.INFERENCE)) {
            return TrainingMeasure.run(found, arguments, console);
        }
        if (found instanceof ImageModel image) {
            return ImageCommands.measure(image, arguments, console);
        }
        if (found instanceof DecoderModel decoder) {
            return DecoderMeasure.run(name(), decoder, arguments, console);
        }
        EncoderModel model = Encoders.encoder(found);
        CompileOptions options = CompileOptions.of(arguments);
        Optional<Pef> given = arguments.path(Option.PEF).map(Pef::read);
        given.ifPresent(pef -> GivenPef.require(pef, name(), model, options));
        ModelSource source = ModelSource.of(model, arguments, console);
        try (Checkpoint checkpoint = source.open()) {
            Config config = source.config(checkpoint, given.map(GivenPef::set).orElse(ModelSource.set(arguments)));
            given.ifPresent(pef -> GivenPef.requireConfig(pef, config));
            Encoder encoder = Encoders.checked(model, config, checkpoint.weights());
            Optional<SentenceModel> sentence = SentenceModel.of(checkpoint);
            int limit = Encoders.limit(model, config, arguments, sentence);
            GraphSpec asked = Encoders.spec(
                    encoder.head(),
                    arguments,
                    sentence,
                    given.map(GivenPef::batching).orElseGet(() -> Encoders.batching(arguments, 1)),
                    limit);
            GraphSpec spec = given.isEmpty() || arguments.has(Option.MAX_SEQ_LENGTH)
                    ? asked
                    : asked.withTokens(GivenPef.longest(given.get(), asked.kind()));
            Pef pef = given.orElseGet(() -> new PefCache(CacheFolder.ofEnvironment())
                    .get(model, config, spec, options)
                    .pef());
            String name = given.map(p -> GivenPef.exactly(p, spec)).orElse(spec.name());
            try (HostModel host = HostModel.load(pef, checkpoint.weights(), Feed.host(arguments))) {
                HostGraph graph = host.graph(name);
                console.log(host.description());
                fill(graph, config.integer("vocab_size"), arguments.seed());
                Map<String, Object> measured = measure(graph, spec.batching());
                SequencedMap<String, Object> facts = TableResult.row(
                        "model", model.name(),
                        "batch_size", spec.batching().size(),
                        "microbatch_size", spec.batching().step(),
                        "sequence_length", spec.tokens(),
                        "precision", pef.compilation().arguments().getOrDefault(Option.PRECISION.key(), "bf16"),
                        "measured", measured,
                        "predicted",
                                PredictedTime.of(
                                        Predictions.step(
                                                pef, name, spec.batching().steps()),
                                        spec.batching().size(),
                                        "sentences/s",
                                        TimingRows.cover(model.name(), pef.deployment(), true)));
                return new Performance(facts);
            }
        }
    }

    /// Texts of random tokens, as long as the graph takes; all micro-batches are the same.
    private static void fill(HostGraph graph, int vocabulary, long seed) {
        Shape shape = graph.graph().input("input_ids").orElseThrow().value().shape();
        int tokens = shape.dim(1);
        SplittableRandom random = new SplittableRandom(seed);
        long[] ones = new long[tokens];
        Arrays.fill(ones, 1);
        for (int row = 0; row < shape.dim(0); row++) {
            long[] ids = random.longs(tokens, 0, vocabulary).toArray();
            Feed.row(graph, "input_ids", row, tokens, ids, 0);
            Feed.row(graph, "attention_mask", row, tokens, ones, 0);
            Feed.row(graph, "token_type_ids", row, tokens, new long[0], 0);
        }
    }

    private static Map<String, Object> measure(HostGraph graph, Batching batching) {
        return measure(() -> run(graph, batching), batching.size(), "sentences/s");
    }

    /// How long `work` takes, after it was done a few times: the median of some.
    ///
    /// @param units of `unit` that it gets through
    static Map<String, Object> measure(Runnable work, int units, String unit) {
        List<Double> seconds = new ArrayList<>(Repeated.runs(
                () -> {
                    long begin = System.nanoTime();
                    work.run();
                    return Console.seconds(begin);
                },
                Double::doubleValue));
        Collections.sort(seconds);
        double median = seconds.get(seconds.size() / 2);
        Map<String, Object> measured = new LinkedHashMap<>();
        measured.put("seconds", median);
        measured.put("throughput", units / median);
        measured.put("unit", unit);
        measured.put("runs", seconds.size());
        measured.put("min_s", seconds.getFirst());
        measured.put("max_s", seconds.getLast());
        PeakMemory.addTo(measured);
        return measured;
    }

    private static void run(HostGraph graph, Batching batching) {
        for (int step = 0; step < batching.steps(); step++) {
            graph.run();
        }
    }

    /// @param facts all there is, `measured` and `predicted` included
    record Performance(SequencedMap<String, Object> facts) implements Result {

        @Override
        public void print(PrintStream out) {
            Map<String, Object> lines = new LinkedHashMap<>();
            facts.forEach((name, value) -> {
                if (value instanceof Map<?, ?> group) {
                    group.forEach((key, number) -> lines.put(name + " " + key, number));
                } else {
                    lines.put(name, value);
                }
            });
            Table.facts(lines, out);
        }

        @Override
        public Map<String, Object> json() {
            return facts;
        }
    }
}
