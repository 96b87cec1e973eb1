package org.rduzoo.runners;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.rduzoo.backend.host.HostModel;
import org.rduzoo.backend.host.KeptUnits;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.runners.generate.Continuation;
import org.rduzoo.runners.generate.DecoderShape;
import org.rduzoo.runners.generate.Generator;
import org.rduzoo.runners.generate.Sampling;
import org.rduzoo.runners.generate.TextStream;
import org.rduzoo.runners.text.Tokenizer;
import org.rduzoo.samba.CausalLm;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderModel;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.UsageError;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;

/// Prompts through a decoder: to tokens, through the graphs, to text as it comes.
final class DecoderRun {

    private static final int LARGEST_BATCH = 64;

    private static final int NEW_TOKENS = 32;

    /// So many tokens of a prompt say how what follows is written: whether a space begins it.
    private static final int CONTEXT = 4;

    private DecoderRun() {}

    static Result run(DecoderModel model, Arguments arguments, Console console) {
        long start = System.nanoTime();
        HostModel.prepare(Feed.host(arguments));
        CompileOptions options = CompileOptions.of(arguments);
        Sampling sampling = sampling(arguments);
        int maxNewTokens = arguments.positive(Option.MAX_NEW_TOKENS).orElse(NEW_TOKENS);
        Optional<Pef> given = arguments.path(Option.PEF).map(Pef::read);
        given.ifPresent(pef -> GivenPef.require(pef, "run", model, options));
        ModelSource source = ModelSource.of(model, arguments, console);
        try (Checkpoint checkpoint = source.open(options.precision().dtype())) {
            FutureTask<Optional<Tokenizer>> reading = new FutureTask<>(() -> Prompts.tokenizer(checkpoint));
            Thread.ofPlatform().daemon().name("rdu-tokenizer").start(reading);
            Config config = source.config(checkpoint, given.map(GivenPef::set).orElse(ModelSource.set(arguments)));
            given.ifPresent(pef -> GivenPef.requireConfig(pef, config));
            new PefCache(CacheFolder.ofEnvironment())
                    .check(model, config, checkpoint.weights(), () -> checked(model, config, checkpoint.weights()));
            Prompts prompts = Prompts.of(arguments, checkpoint, config, () -> Prompts.await(reading));
            if (arguments.on(Option.SHOW_PROMPT)) {
                return new ShownPrompts(model.name(), prompts.texts(Prompts.await(reading)), prompts.ids());
            }
            console.step("checkpoint: " + source.path(), start);
            double loaded = Console.seconds(start);
            long compiling = System.nanoTime();
            DecoderShape shape;
            Pef pef;
            KeptUnits units = KeptUnits.nowhere();
            double compileSeconds = 0;
            if (given.isPresent()) {
                pef = given.get();
                shape = Decoders.shape(pef);
            } else {
                shape = shape(model, config, arguments, prompts, maxNewTokens);
                PefCache.Cached cached = Decoders.cached(model, config, shape, options);
                pef = cached.pef();
                units = cached.units();
                compileSeconds = cached.compileSeconds();
                console.step((compileSeconds == 0 ? "PEF from the cache: " : "compiled: ") + cached.file(), compiling);
            }
            long loading = System.nanoTime();
            try (HostModel host = HostModel.load(pef, checkpoint.weights(), Feed.host(arguments), units)) {
                Generator generator = new Generator(
                        host,
                        shape,
                        Prompts.endTokens(
                                checkpoint, config, ModelSource.set(arguments).containsKey(Prompts.END)));
                generator.prepare(prompts.ids());
                console.step("loaded: " + host.description(), loading);
                loaded += Console.seconds(loading);
                boolean streams =
                        prompts.ids().size() == 1 && prompts.expected().isEmpty() && !arguments.on(Option.JSON);
                // A tokenizer that is still being read is waited for when there is a token.
                Stream stream = new Stream(
                        () -> streams ? Prompts.await(reading) : Optional.empty(),
                        prompts.ids().getFirst(),
                        console);
                Generator.Result result = generator.run(prompts.ids(), maxNewTokens, sampling, stream);
                stream.end();
                Optional<Tokenizer> tokenizer = Prompts.await(reading);
                Map<String, Object> measured = new LinkedHashMap<>();
                measured.put("load_s", loaded);
                measured.put("compile_s", compileSeconds);
                measured.put("time_to_first_token_s", result.firstTokenSeconds());
                if (result.steps() > 0) {
                    measured.put("seconds_per_token", result.stepSeconds() / result.steps());
                    measured.put("tokens_per_second", later(result) / result.stepSeconds());
                }
                measured.put("tokens_per_second_with_first", total(result) / result.seconds());
                measured.put("total_s", Console.seconds(start));
                PeakMemory.addTo(measured);
                int longest =
                        prompts.ids().stream().mapToInt(ids -> ids.length).max().orElse(1);
                int tokens = Math.toIntExact(result.steps()) + 1;
                Map<String, Object> predicted = arguments.on(Option.JSON)
                        ? Predictions.ofRun(model, pef, shape, longest, tokens)
                        : Predictions.ofRunInShort(model, pef, shape, longest, tokens);
                return new Generated(
                                model.name(),
                                options.precisionName(),
                                outputs(prompts, result, tokenizer),
                                prompts.expected(),
                                streams,
                                measured,
                                predicted)
                        .logged(console);
            }
        }
    }

    /// Checks the weights against the configuration.
    static void checked(DecoderModel model, Config config, Weights weights) {
        CausalLm unused = model.build(config, Params.of(new Trace("weights"), weights));
        if (unused.cacheShapes().isEmpty()) {
            throw new UserError("config.json: this model has no layers.");
        }
    }

    private static DecoderShape shape(
            DecoderModel model, Config config, Arguments arguments, Prompts prompts, int maxNewTokens) {
        int limit = Decoders.limit(model, config, arguments);
        long needed = (long) prompts.longest() + maxNewTokens;
        if (needed - 1 > limit) {
            throw new UserError(
                    ("the longest prompt has %d tokens and %d new ones are asked for, but %s %d. Shorten it, or ask for"
                                    + " fewer with --max-new-tokens.")
                            .formatted(
                                    prompts.longest(),
                                    maxNewTokens,
                                    arguments.has(Option.MAX_SEQ_LENGTH)
                                            ? "--max-seq-length is"
                                            : "this model's max_position_embeddings is",
                                    limit));
        }
        int batch = arguments
                .positive(Option.BATCH_SIZE)
                .orElse(Math.clamp(prompts.ids().size(), 1, LARGEST_BATCH));
        int slots = arguments.has(Option.MAX_SEQ_LENGTH) ? limit : Decoders.slots((int) needed, limit);
        return Decoders.shape(arguments, batch, slots);
    }

    private static Sampling sampling(Arguments arguments) {
        double topP = arguments.number(Option.TOP_P, 0, 1);
        double penalty = arguments.number(Option.REPETITION_PENALTY, 0, 1);
        if (topP == 0 || topP > 1) {
            throw new UsageError("--top-p is a probability: over 0, and 1 at most.");
        }
        if (penalty == 0) {
            throw new UsageError("--repetition-penalty must be over 0; 1 is none.");
        }
        return new Sampling(
                arguments.number(Option.TEMPERATURE, 0, 0),
                arguments.positive(Option.TOP_K).orElse(0),
                topP,
                penalty,
                arguments.seed());
    }

    private static long total(Generator.Result result) {
        return result.continuations().stream().mapToLong(c -> c.ids().length).sum();
    }

    /// The tokens that are not the first of their text.
    private static long later(Generator.Result result) {
        return total(result) - result.continuations().size();
    }

    private static List<Output> outputs(Prompts prompts, Generator.Result result, Optional<Tokenizer> tokenizer) {
        List<Output> outputs = new ArrayList<>();
        List<String> texts = prompts.texts(tokenizer);
        for (int i = 0; i < result.continuations().size(); i++) {
            Continuation c = result.continuations().get(i);
            long[] ids = prompts.ids().get(i);
            StringBuilder text = new StringBuilder();
            tokenizer.ifPresent(t -> {
                TextStream stream = new TextStream(t, context(ids));
                for (long id : c.ids()) {
                    text.append(stream.next(id));
                }
                text.append(stream.rest());
            });
            outputs.add(new Output(texts.get(i), text.toString(), ids, c.ids(), c.finishReason()));
        }
        return outputs;
    }

    private static long[] context(long[] prompt) {
        return Arrays.copyOfRange(prompt, Math.max(0, prompt.length - CONTEXT), prompt.length);
    }

    /// Prints the only text as it comes.
    private static final class Stream implements Generator.Listener {

        private final Supplier<Optional<Tokenizer>> tokenizer;
        private final long[] prompt;
        private final PrintStream out;
        private Optional<TextStream> text = Optional.empty();
        private boolean begun;

        Stream(Supplier<Optional<Tokenizer>> tokenizer, long[] prompt, Console console) {
            this.tokenizer = tokenizer;
            this.prompt = prompt;
            this.out = console.out();
        }

        private Optional<TextStream> text() {
            if (!begun) {
                text = tokenizer.get().map(t -> new TextStream(t, context(prompt)));
                begun = true;
            }
            return text;
        }

        @Override
        public void token(int number, long id) {
            text().ifPresent(t -> print(t.next(id)));
        }

        void end() {
            text().ifPresent(t -> print(t.rest() + System.lineSeparator()));
        }

        private void print(String piece) {
            if (!piece.isEmpty()) {
                out.print(piece);
                out.flush();
            }
        }
    }

    /// One text with what follows it.
    private record Output(String prompt, String text, long[] inputIds, long[] outputIds, String finishReason) {

        /// Whether it is `wanted`, but for spaces around it, and ends there.
        boolean isWhole(String wanted) {
            return text.strip().equals(wanted.strip()) && finishReason.equals("eos");
        }

        Map<String, Object> json() {
            return TableResult.row(
                    "prompt",
                    prompt,
                    "text",
                    text,
                    "input_ids",
                    list(inputIds),
                    "output_ids",
                    list(outputIds),
                    "finish_reason",
                    finishReason);
        }
    }

    private static List<Long> list(long[] ids) {
        return Arrays.stream(ids).boxed().toList();
    }

    /// What came out.
    ///
    /// @param expected what should have, where that is known
    /// @param streamed whether the text is printed already
    private record Generated(
            String model,
            String precision,
            List<Output> outputs,
            Optional<List<String>> expected,
            boolean streamed,
            Map<String, Object> measured,
            Map<String, Object> predicted)
            implements Result {

        /// Says how long it took.
        Generated logged(Console console) {
            console.log("first token after %s s; then %s; all in %s s"
                    .formatted(
                            seconds("time_to_first_token_s"),
                            measured.containsKey("tokens_per_second")
                                    ? "%s tokens/s, %s s each"
                                            .formatted(number("tokens_per_second", 1), number("seconds_per_token", 4))
                                    : "none",
                            seconds("total_s")));
            console.log(PredictedTime.sentence(predicted));
            return this;
        }

        /// How many texts came to an end as they should, and the others.
        private TableResult score(List<String> wanted) {
            List<SequencedMap<String, Object>> wrong = IntStream.range(0, outputs.size())
                    .filter(i -> !outputs.get(i).isWhole(wanted.get(i)))
                    .mapToObj(i -> TableResult.row(
                            "prompt",
                            outputs.get(i).prompt(),
                            "text",
                            outputs.get(i).text().strip(),
                            "completion",
                            wanted.get(i)))
                    .toList();
            int right = outputs.size() - wrong.size();
            return TableResult.of(TableResult.row(
                            "cases", outputs.size(), "right", right, "accuracy", (double) right / outputs.size()))
                    .with("wrong", wrong);
        }

        private String seconds(String key) {
            return number(key, 2);
        }

        private String number(String key, int digits) {
            return measured.get(key) instanceof Double d ? Console.decimals(d, digits) : "";
        }

        @Override
        public void print(PrintStream out) {
            if (expected.isPresent()) {
                score(expected.get()).print(out);
                return;
            }
            if (streamed) {
                return;
            }
            for (Output output : outputs) {
                if (outputs.size() > 1) {
                    out.println("> " + output.prompt());
                }
                out.println(output.text().isEmpty() ? list(output.outputIds()).toString() : output.text());
                if (outputs.size() > 1) {
                    out.println();
                }
            }
        }

        @Override
        public Map<String, Object> json() {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("model", model);
            json.put("precision", precision);
            json.put("outputs", outputs.stream().map(Output::json).toList());
            expected.ifPresent(e -> json.put("eval", score(e).json()));
            json.put("measured", measured);
            json.put("predicted", predicted);
            return json;
        }
    }

    /// What the model would see.
    private record ShownPrompts(String model, List<String> texts, List<long[]> ids) implements Result {

        @Override
        public void print(PrintStream out) {
            for (int i = 0; i < texts.size(); i++) {
                out.println(texts.get(i));
                out.println(list(ids.get(i)));
            }
        }

        @Override
        public Map<String, Object> json() {
            List<Map<String, Object>> outputs = new ArrayList<>();
            for (int i = 0; i < texts.size(); i++) {
                outputs.add(TableResult.row("prompt", texts.get(i), "input_ids", list(ids.get(i))));
            }
            return TableResult.row("model", model, "outputs", outputs);
        }
    }
}
