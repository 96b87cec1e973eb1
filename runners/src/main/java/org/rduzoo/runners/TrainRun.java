package org.rduzoo.runners;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.runners.train.Trainer;
import org.rduzoo.runners.train.TrainingSession;
import org.rduzoo.runners.train.TrainingSpec;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.ZooModel;

/// A model trained on a data set, and the folder that it leaves.
record TrainRun(Path output, Trainer.Finished finished, Map<String, Object> measured) implements Result {

    static Result run(ZooModel model, Arguments arguments, Console console) {
        Path output = arguments.required(Option.OUTPUT);
        requireRoom(output, arguments);
        CompileOptions options = CompileOptions.of(arguments);
        long start = System.nanoTime();
        try (TrainingSource source = TrainingSource.of(model, arguments, console, options);
                TrainingData data = TrainingData.of(model, source, arguments, console)) {
            Config config = data.config();
            int batch = arguments.positive(Option.BATCH_SIZE).orElse(1);
            Batching batching = new Batching(
                    batch, arguments.positive(Option.MICROBATCH_SIZE).orElse(batch));
            int accumulation =
                    arguments.positive(Option.GRAD_ACCUMULATION_STEPS).orElse(1);
            TrainingSpec shape = new TrainingSpec(
                    batching.step(),
                    data.sample(),
                    TrainingArguments.method(arguments),
                    TrainingArguments.decay(arguments),
                    batching.steps() * accumulation > 1,
                    TrainingArguments.budget(arguments, options),
                    TrainingArguments.roundsAtRandom(arguments, options),
                    Optional.empty());
            try (TrainingStart begin = TrainingStart.of(model, config, shape, source, arguments, console)) {
                Pef pef = pef(model, config, begin.spec(), batching, arguments, options, console);
                double compiled = Console.seconds(start);
                try (TrainingSession session = TrainingSession.load(pef, begin.weights(), Feed.host(arguments))) {
                    console.log(session.description());
                    Trainer trainer =
                            trainer(model, data, batch, accumulation, begin, arguments, output, source, options);
                    Trainer.Finished finished = trainer.run(session, begin.model(), console::log);
                    Map<String, Object> measured = new LinkedHashMap<>();
                    measured.put("load_s", compiled);
                    measured.put("seconds_per_step", finished.secondsPerStep());
                    double samples =
                            finished.secondsPerStep() == 0 ? 0 : batch * accumulation / finished.secondsPerStep();
                    measured.put("samples_per_second", samples);
                    if (begin.spec().unit().equals("tokens")) {
                        measured.put("tokens_per_second", finished.unitsPerSecond());
                    }
                    measured.put("memory_bytes", session.memoryBytes());
                    measured.put("total_s", Console.seconds(start));
                    return new TrainRun(output, finished, measured);
                }
            }
        }
    }

    /// The PEF of a training step: the one that is named, else from the cache, or compiled into it.
    static Pef pef(
            ZooModel model,
            Config config,
            TrainingSpec spec,
            Batching batching,
            Arguments arguments,
            CompileOptions options,
            Console console) {
        Map<String, String> shapes = TrainingArguments.shapes(spec, batching);
        if (arguments.has(Option.PEF)) {
            Pef pef = Pef.read(arguments.required(Option.PEF));
            GivenPef.require(pef, "run", model, options);
            GivenPef.requireConfig(pef, config);
            pef.requireArguments("run", shapes);
            return pef;
        }
        long start = System.nanoTime();
        spec.activations(model, config).ifPresent(plan -> console.log(plan.toString()));
        PefCache.Cached cached = new PefCache(CacheFolder.ofEnvironment())
                .get(model, config, spec, () -> spec.graphs(model, config), shapes, options);
        console.step((cached.compileSeconds() == 0 ? "PEF from the cache: " : "compiled: ") + cached.file(), start);
        return cached.pef();
    }

    private static Trainer trainer(
            ZooModel model,
            TrainingData data,
            int batch,
            int accumulation,
            TrainingStart begin,
            Arguments arguments,
            Path output,
            TrainingSource source,
            CompileOptions options) {
        Optional<Integer> steps = arguments.positive(Option.STEPS);
        Optional<Integer> save = arguments.positive(Option.SAVE_EVERY);
        int epochs = arguments.positive(Option.EPOCHS).orElse(1);
        TrainingSpec spec = begin.spec();
        Map<String, String> settings = new TreeMap<>(TrainingArguments.settings(model, arguments));
        settings.put("batch-size", Integer.toString(batch));
        settings.put("microbatch-size", Integer.toString(spec.rows()));
        settings.putAll(TrainingArguments.sizes(spec));
        settings.put("precision", options.precisionName());
        settings.put("data", arguments.required(Option.DATA).toString());
        settings.put("checkpoint", source.name());
        return new Trainer(
                data.training(),
                data.evaluation(),
                batch,
                accumulation,
                epochs,
                steps.map(OptionalInt::of).orElse(OptionalInt.empty()),
                TrainingArguments.course(arguments),
                TrainingArguments.learningRate(model, arguments),
                arguments.count(Option.WARMUP_STEPS).orElse(0),
                TrainingArguments.optimization(arguments),
                begin.dropout(),
                arguments.seed(),
                save.map(OptionalInt::of).orElse(OptionalInt.empty()),
                arguments.on(Option.RESUME),
                output,
                settings,
                spec.unit(),
                spec.unitsPerRow());
    }

    private static void requireRoom(Path output, Arguments arguments) {
        if (Files.exists(output.resolve("config.json"))
                && !arguments.on(Option.FORCE)
                && !arguments.on(Option.RESUME)) {
            throw new UserError(
                    "%s holds a checkpoint already. Choose another --output, go on with --resume, or replace it with --force."
                            .formatted(output));
        }
        Path there = output.toAbsolutePath();
        while (!Files.exists(there)) {
            there = there.resolve("..").normalize();
        }
        if (!Files.isDirectory(there) || !Files.isWritable(there)) {
            throw new UserError("--output %s cannot be written: %s is %s. Choose another folder."
                    .formatted(output, there, Files.isDirectory(there) ? "read-only" : "a file, not a folder"));
        }
    }

    @Override
    public void print(PrintStream out) {
        Map<String, Object> rows = new LinkedHashMap<>();
        rows.put("output", output);
        rows.put("steps", finished.losses().size());
        if (!finished.losses().isEmpty()) {
            rows.put("last loss", finished.losses().getLast());
        }
        rows.putAll(finished.eval());
        rows.putAll(measured);
        Table.facts(rows, out);
    }

    @Override
    public Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("steps", finished.losses().size());
        json.put("loss", finished.losses());
        json.put("eval", finished.eval());
        json.put("output", output.toString());
        json.put("measured", measured);
        return json;
    }
}
