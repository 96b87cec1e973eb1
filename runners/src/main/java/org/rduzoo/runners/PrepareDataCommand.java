package org.rduzoo.runners;

import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.rduzoo.runners.data.Boundary;
import org.rduzoo.runners.data.Packing;
import org.rduzoo.runners.data.PackingMetrics;
import org.rduzoo.runners.data.PrepareData;
import org.rduzoo.runners.data.PrepareRequest;
import org.rduzoo.runners.data.PreparedData;
import org.rduzoo.samba.UsageError;

/// `rdu prepare-data`: text to packed files to train on.
record PrepareDataCommand() implements Command {

    private static final int MOST_WORKERS = 16;

    @Override
    public String name() {
        return "prepare-data";
    }

    @Override
    public String summary() {
        return "turns JSONL or text into packed HDF5 files to train on";
    }

    @Override
    public List<String> operands() {
        return List.of();
    }

    @Override
    public List<Option> options() {
        return List.of(
                Option.INPUT_PATH,
                Option.OUTPUT_PATH,
                Option.PRETRAINED_TOKENIZER,
                Option.ROW_LENGTH,
                Option.INPUT_PACKING_CONFIG,
                Option.PACKING_BOUNDARY,
                Option.ATTENTION_BOUNDARY,
                Option.PROMPT_KEYWORD,
                Option.COMPLETION_KEYWORD,
                Option.APPLY_CHAT_TEMPLATE,
                Option.PROMPT_PREFIX,
                Option.PROMPT_POSTFIX,
                Option.DISABLE_SPACE_SEPARATOR,
                Option.KEEP_PROMPT_ONLY_SEQUENCES,
                Option.CATEGORIES_PATH,
                Option.SPECIAL_TOKENS_DICT,
                Option.SHUFFLE,
                Option.SEED,
                Option.NUM_TRAINING_SPLITS,
                Option.NUM_DEV_SPLITS,
                Option.NUM_TEST_SPLITS,
                Option.DEV_RATIO,
                Option.TEST_RATIO,
                Option.DO_NOT_BALANCE_HDF5,
                Option.KEEP_SPLIT_JSONLS,
                Option.NUM_WORKERS,
                Option.IGNORE_INPUT_FORMAT_ERROR,
                Option.LOG_FILE_PATH,
                Option.OVERWRITE_OUTPUT_PATH,
                Option.FORCE);
    }

    @Override
    public Result run(Arguments arguments, Console console) {
        Operands.all(this, arguments);
        PrepareRequest request = new PrepareRequest(
                arguments.required(Option.INPUT_PATH),
                arguments.required(Option.OUTPUT_PATH),
                ModelSource.locate(
                        arguments.required(Option.PRETRAINED_TOKENIZER).toString(),
                        console,
                        "tokenizer*",
                        "special_tokens_map.json",
                        "added_tokens.json",
                        "vocab.json",
                        "merges.txt",
                        "config.json",
                        "generation_config.json",
                        "chat_template.jinja"),
                arguments
                        .text(Option.SPECIAL_TOKENS_DICT)
                        .map(PrepareRequest::specialTokens)
                        .orElseGet(LinkedHashMap::new),
                arguments.positive(Option.ROW_LENGTH).orElse(2048),
                arguments
                        .choice(
                                Option.INPUT_PACKING_CONFIG,
                                Packing.all().stream().map(Packing::text).toList())
                        .map(Packing::of)
                        .orElse(Packing.FULL),
                new PrepareRequest.Format(
                        boundary(arguments, Option.PACKING_BOUNDARY),
                        boundary(arguments, Option.ATTENTION_BOUNDARY),
                        arguments.on(Option.KEEP_PROMPT_ONLY_SEQUENCES),
                        !arguments.on(Option.DISABLE_SPACE_SEPARATOR),
                        arguments.on(Option.APPLY_CHAT_TEMPLATE),
                        arguments.text(Option.PROMPT_PREFIX).orElse(""),
                        arguments.text(Option.PROMPT_POSTFIX).orElse("")),
                new PrepareRequest.Keys(
                        arguments.text(Option.PROMPT_KEYWORD).orElse("prompt"),
                        arguments.text(Option.COMPLETION_KEYWORD).orElse("completion"),
                        arguments.path(Option.CATEGORIES_PATH).map(PrepareRequest::categories)),
                splits(arguments),
                arguments.on(Option.IGNORE_INPUT_FORMAT_ERROR),
                arguments
                        .positive(Option.NUM_WORKERS)
                        .orElse(Math.min(MOST_WORKERS, Runtime.getRuntime().availableProcessors())),
                arguments.path(Option.LOG_FILE_PATH),
                arguments.on(Option.FORCE) || arguments.on(Option.OVERWRITE_OUTPUT_PATH));
        long start = System.nanoTime();
        PreparedData made = PrepareData.run(request, console::log);
        console.step("prepared " + made.output(), start);
        return new Prepared(made);
    }

    private static Boundary boundary(Arguments arguments, Option option) {
        return arguments.choice(option, Boundary.names()).map(Boundary::of).orElse(Boundary.JSONL);
    }

    private static PrepareRequest.Splits splits(Arguments arguments) {
        boolean dev = arguments.has(Option.NUM_DEV_SPLITS);
        boolean test = arguments.has(Option.NUM_TEST_SPLITS);
        if (dev || test) {
            if (!dev || !test || !arguments.has(Option.NUM_TRAINING_SPLITS)) {
                throw new UsageError("--num-dev-splits and --num-test-splits need each other, and "
                        + "--num-training-splits. Give all three, or --dev-ratio and --test-ratio.");
            }
            if (arguments.has(Option.DEV_RATIO) || arguments.has(Option.TEST_RATIO)) {
                throw new UsageError("--dev-ratio and --test-ratio do not go with --num-dev-splits and "
                        + "--num-test-splits. Give the ones or the others.");
            }
        }
        double devRatio = arguments.ratio(Option.DEV_RATIO).orElse(0.0);
        double testRatio = arguments.ratio(Option.TEST_RATIO).orElse(0.0);
        if (devRatio + testRatio >= 1) {
            throw new UsageError(
                    "--dev-ratio %s and --test-ratio %s leave nothing to train on.".formatted(devRatio, testRatio));
        }
        return new PrepareRequest.Splits(
                arguments.positive(Option.NUM_TRAINING_SPLITS),
                dev
                        ? arguments
                                .count(Option.NUM_DEV_SPLITS)
                                .map(d -> new PrepareRequest.Counted(
                                        d,
                                        arguments.count(Option.NUM_TEST_SPLITS).orElse(0)))
                        : Optional.empty(),
                devRatio,
                testRatio,
                arguments
                        .choice(Option.SHUFFLE, PrepareRequest.Shuffle.names())
                        .map(PrepareRequest.Shuffle::of)
                        .orElse(PrepareRequest.Shuffle.NONE),
                arguments.seed(),
                !arguments.on(Option.DO_NOT_BALANCE_HDF5),
                arguments.on(Option.KEEP_SPLIT_JSONLS));
    }

    /// What came out, with the numbers that SambaNova's tool prints.
    private record Prepared(PreparedData data) implements Result {

        @Override
        public void print(PrintStream out) {
            metrics("Train Metrics", data.train(), out);
            if (data.dev().articles() > 0) {
                out.println();
                metrics("Dev Metrics", data.dev(), out);
            }
        }

        private static void metrics(String title, PackingMetrics metrics, PrintStream out) {
            out.println(title);
            Table.facts(metrics.table(), out);
        }

        @Override
        public Map<String, Object> json() {
            SequencedMap<String, Object> json = TableResult.row(
                    "output", data.output().toString(),
                    "max_seq_length", data.rowLength(),
                    "train", data.train().json());
            if (data.dev().articles() > 0) {
                json.put("dev", data.dev().json());
            }
            json.put("files", new LinkedHashMap<>(data.files()));
            json.put("test_files", data.testFiles());
            json.put("skipped_lines", data.skipped());
            return json;
        }
    }
}
