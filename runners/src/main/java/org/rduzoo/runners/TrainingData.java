package org.rduzoo.runners;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.rduzoo.backend.json.Json;
import org.rduzoo.ir.DType;
import org.rduzoo.runners.data.PackedDataSet;
import org.rduzoo.runners.image.Augmentation;
import org.rduzoo.runners.image.ImagePairs;
import org.rduzoo.runners.image.Tiles;
import org.rduzoo.runners.text.Tokenizer;
import org.rduzoo.runners.train.EncodedTexts;
import org.rduzoo.runners.train.Evaluation;
import org.rduzoo.runners.train.Evaluator;
import org.rduzoo.runners.train.ImageEvaluation;
import org.rduzoo.runners.train.ImageSamples;
import org.rduzoo.runners.train.LabelledTexts;
import org.rduzoo.runners.train.TrainingSpec;
import org.rduzoo.samba.BatchSource;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderModel;
import org.rduzoo.samba.Encoder;
import org.rduzoo.samba.EncoderModel;
import org.rduzoo.samba.ImageForm;
import org.rduzoo.samba.ImageModel;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.UsageError;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.ZooModel;
import org.rduzoo.samba.data.PackedBatches;
import org.rduzoo.samba.data.PackedRows;

/// What a model is trained and evaluated on.
///
/// @param config the model's, with the head and the labels that the data asks for
/// @param sample what a row is
/// @param files what is open
record TrainingData(
        Config config,
        BatchSource training,
        Optional<Evaluator> evaluation,
        TrainingSpec.Sample sample,
        List<PackedRows> files)
        implements AutoCloseable {

    static TrainingData of(ZooModel model, TrainingSource source, Arguments arguments, Console console) {
        Path data = existing(Option.DATA, arguments.required(Option.DATA));
        Optional<Path> eval = arguments.path(Option.EVAL_DATA).map(p -> existing(Option.EVAL_DATA, p));
        eval.ifPresent(e -> requireHeldOut(data, e));
        return switch (model) {
            case DecoderModel m -> packed(m, source, arguments, data, eval);
            case EncoderModel m -> texts(m, source, arguments, data, eval, console);
            case ImageModel m -> images(m, source, arguments, data, eval);
        };
    }

    private static Path existing(Option option, Path path) {
        if (!Files.exists(path)) {
            throw new UserError("%s %s does not exist.".formatted(option.text(), path));
        }
        return path;
    }

    /// What was learned from says nothing of how much was learned.
    private static void requireHeldOut(Path data, Path eval) {
        Path name = eval.getFileName();
        Path learned = Files.isDirectory(data) && name.toString().startsWith("train_") ? data.resolve(name) : data;
        try {
            if (Files.isRegularFile(eval) && Files.exists(learned) && Files.isSameFile(eval, learned)) {
                throw new UserError(
                        "--eval-data %s is what is trained on. Hold some data out: see --dev-ratio of prepare-data."
                                .formatted(eval));
            }
        } catch (IOException e) {
            throw new UserError("%s cannot be read: %s".formatted(eval, UserError.reason(e)), e);
        }
    }

    private static TrainingData packed(
            DecoderModel model, TrainingSource source, Arguments arguments, Path data, Optional<Path> eval) {
        double promptWeight = promptWeight(arguments);
        List<PackedRows> files = new ArrayList<>();
        PackedRows rows = PackedDataSet.TRAIN.open(data);
        files.add(rows);
        int most = model.maxSequenceLength(source.config());
        if (rows.length() > most) {
            throw new UserError(
                    "%s has rows of %d tokens, but this model takes %d at most. Prepare it with --max-seq-length %d."
                            .formatted(data, rows.length(), most, most));
        }
        Optional<Integer> asked = arguments.positive(Option.MAX_SEQ_LENGTH);
        if (asked.isPresent() && asked.get() != rows.length()) {
            throw new UserError("--max-seq-length is %d, but %s has rows of %d tokens. Leave the option out."
                    .formatted(asked.get(), data, rows.length()));
        }
        requireIds(rows, source.config());
        Optional<PackedRows> held = eval.map(PackedDataSet.DEV::open);
        held.ifPresent(h -> {
            files.add(h);
            requireIds(h, source.config());
            if (h.length() != rows.length()) {
                throw new UserError("%s has rows of %d tokens, but %s has rows of %d. Prepare them alike."
                        .formatted(h.source(), h.length(), rows.source(), rows.length()));
            }
        });
        return new TrainingData(
                source.config(),
                new PackedBatches(rows, promptWeight),
                held.map(h -> evaluation(new PackedBatches(h, promptWeight), arguments, Evaluation.Measure.PERPLEXITY)),
                new TrainingSpec.Texts(rows.length(), true),
                files);
    }

    private static double promptWeight(Arguments arguments) {
        double weight = arguments.number(Option.PROMPT_LOSS_WEIGHT, 0, 1);
        if (weight > 1) {
            throw new UsageError("--prompt-loss-weight is %s, but must be from 0 to 1.".formatted(weight));
        }
        return weight;
    }

    private static void requireIds(PackedRows rows, Config config) {
        int[] ids = new int[rows.length()];
        byte[] types = new byte[rows.length()];
        int vocabulary = config.integer("vocab_size");
        for (long row = 0; row < rows.count(); row++) {
            rows.read(row, ids, types, 0);
            for (int id : ids) {
                if (id >= vocabulary) {
                    throw new UserError(
                            ("%s, row %d has the token %d, but this model's are 0 to %d. Was it prepared with"
                                            + " another tokenizer?")
                                    .formatted(rows.source(), row, id, vocabulary - 1));
                }
            }
        }
    }

    private static TrainingData texts(
            EncoderModel model,
            TrainingSource source,
            Arguments arguments,
            Path data,
            Optional<Path> eval,
            Console console) {
        if (arguments.has(Option.PROMPT_LOSS_WEIGHT)) {
            throw new UsageError("--prompt-loss-weight is for decoders: texts of an encoder have no prompts.");
        }
        LabelledTexts texts = LabelledTexts.read(data);
        Optional<LabelledTexts> held = eval.map(LabelledTexts::read);
        boolean labelled = LabelledTexts.isLabelled(data);
        if (eval.isPresent() && LabelledTexts.isLabelled(eval.get()) != labelled) {
            throw new UserError(
                    "--eval-data is not of the same kind as --data: JSON lines (.jsonl) have labels, others none.");
        }
        Config config = labelled ? classifying(source.config(), texts) : guessing(source.config());
        Encoder encoder = Encoders.shapes(model, config);
        int limit = Encoders.limit(
                model, config, arguments, source.checkpoint().flatMap(org.rduzoo.checkpoint.SentenceModel::of));
        try (Tokenizer tokenizer = Tokenizer.of(
                source.name() + "/tokenizer.json", source.tokenizer().bytes())) {
            EncodedTexts.Target target = labelled
                    ? new EncodedTexts.Labels()
                    : new EncodedTexts.Masked(
                            EncodedTexts.maskToken(tokenizer), config.integer("vocab_size"), arguments.seed());
            List<EncodedTexts.Text> training = encoded(texts, encoder, tokenizer, limit, config, console);
            Optional<List<EncodedTexts.Text>> evaluation =
                    held.map(h -> encoded(h, encoder, tokenizer, limit, config, console));
            int longest = Math.max(
                    longest(training), evaluation.map(TrainingData::longest).orElse(1));
            int tokens = Encoders.bucket(longest, limit, List.of());
            long padding = config.integer("pad_token_id", 0);
            return new TrainingData(
                    config,
                    new EncodedTexts(training, tokens, padding, target),
                    evaluation.map(e -> evaluation(
                            new EncodedTexts(e, tokens, padding, target),
                            arguments,
                            labelled ? Evaluation.Measure.ACCURACY : Evaluation.Measure.PERPLEXITY)),
                    new TrainingSpec.Texts(tokens, false),
                    List.of());
        }
    }

    private static Evaluator evaluation(BatchSource data, Arguments arguments, Evaluation.Measure measure) {
        int batch = arguments.positive(Option.BATCH_SIZE).orElse(1);
        return new Evaluation(data, batch, measure, Set.of());
    }

    /// Images of the sides that are asked for, else as large as the first.
    private static TrainingData images(
            ImageModel model, TrainingSource source, Arguments arguments, Path data, Optional<Path> eval) {
        ImageForm form = model.form(source.config());
        ImagePairs pairs = ImagePairs.of(data, form);
        List<Integer> first = pairs.read(0).picture().sides().stream()
                .map(s -> Math.ceilDiv(s, form.grain()) * form.grain())
                .toList();
        List<Integer> sides = ImageSetup.sides(form, arguments, Optional.of(first));
        Augmentation augmentation = TrainingArguments.augmentation(arguments);
        if (!augmentation.ways().contains(Augmentation.Way.CROP)) {
            pairs.requireWithin(sides);
        }
        DType target =
                model.build(source.config(), Params.shapes(new Trace("shapes"))).targetType();
        return new TrainingData(
                source.config(),
                new ImageSamples(pairs, form, sides, target, augmentation, arguments.seed()),
                eval.map(e -> new ImageEvaluation(ImagePairs.of(e, form), form, Tiles.of(sides))),
                new TrainingSpec.Images(sides),
                List.of());
    }

    private static int longest(List<EncodedTexts.Text> texts) {
        return texts.stream().mapToInt(t -> t.tokens().ids().length).max().orElse(1);
    }

    private static List<EncodedTexts.Text> encoded(
            LabelledTexts texts, Encoder encoder, Tokenizer tokenizer, int limit, Config config, Console console) {
        List<EncodedTexts.Text> encoded = new ArrayList<>();
        int cut = 0;
        for (LabelledTexts.Item item : texts.items()) {
            Tokenizer.Marked marked = tokenizer.encode(item.text(), item.pair(), limit);
            Feed.requireIds("input_ids", marked.tokens().ids(), config);
            cut += marked.tokens().isCut() ? 1 : 0;
            int label = item.label().isPresent() ? texts.place(item, encoder.labels()) : 0;
            encoded.add(new EncodedTexts.Text(marked.tokens(), marked.special(), label));
        }
        if (cut > 0) {
            console.log("warning: %d texts of %s have more than %d tokens and are cut."
                    .formatted(cut, texts.source(), limit));
        }
        return encoded;
    }

    /// The configuration with a head for these labels; a head that the checkpoint has stays as it is.
    private static Config classifying(Config config, LabelledTexts texts) {
        if (config.texts("architectures").contains("BertForSequenceClassification")) {
            return config;
        }
        Map<String, Object> names = new LinkedHashMap<>();
        Map<String, Object> places = new LinkedHashMap<>();
        List<String> labels = texts.labels();
        for (int i = 0; i < labels.size(); i++) {
            names.put(Integer.toString(i), labels.get(i));
            places.put(labels.get(i), (long) i);
        }
        return config.with("architectures", "[\"BertForSequenceClassification\"]")
                .with("problem_type", "single_label_classification")
                .with("id2label", Json.print(names))
                .with("label2id", Json.print(places));
    }

    private static Config guessing(Config config) {
        return config.texts("architectures").contains("BertForMaskedLM")
                ? config
                : config.with("architectures", "[\"BertForMaskedLM\"]");
    }

    @Override
    public void close() {
        files.forEach(PackedRows::close);
    }
}
