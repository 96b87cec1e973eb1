package org.rduzoo.runners;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.grad.TrainingOptions.Method;
import org.rduzoo.runners.image.Augmentation;
import org.rduzoo.runners.train.Optimization;
import org.rduzoo.runners.train.Schedule;
import org.rduzoo.runners.train.TrainingSpec;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderModel;
import org.rduzoo.samba.EncoderModel;
import org.rduzoo.samba.ImageModel;
import org.rduzoo.samba.UsageError;
import org.rduzoo.samba.ZooModel;

/// The options that say how a model is trained.
final class TrainingArguments {

    /// Options that shape the numbers of a run beside its data, model and shapes.
    private static final List<Option> SHAPING = List.of(
            Option.OPTIMIZER,
            Option.ADAM_BETA1,
            Option.ADAM_BETA2,
            Option.ADAM_EPS,
            Option.MOMENTUM,
            Option.WEIGHT_DECAY,
            Option.DECAY,
            Option.MAX_GRAD_NORM,
            Option.GRAD_ACCUMULATION_STEPS,
            Option.LORA_RANK,
            Option.LORA_TARGET,
            Option.LORA_ALPHA,
            Option.LORA_DROPOUT,
            Option.DROPOUT,
            Option.ENABLE_STOCHASTIC_ROUNDING,
            Option.PROMPT_LOSS_WEIGHT,
            Option.LR_SCHEDULE,
            Option.WARMUP_STEPS,
            Option.AUGMENT,
            Option.SEED);

    private TrainingArguments() {}

    static Method method(Arguments arguments) {
        boolean adam = arguments
                .choice(Option.OPTIMIZER, List.of("adamw", "sgd"))
                .orElse("adamw")
                .equals("adamw");
        boolean velocity = arguments.number(Option.MOMENTUM, 0, 0) > 0;
        if (adam && velocity) {
            throw new UsageError("--momentum is for --optimizer sgd; AdamW has --adam-beta1.");
        }
        return adam ? Method.ADAM_W : velocity ? Method.MOMENTUM : Method.SGD;
    }

    static TrainingSpec.Decay decay(Arguments arguments) {
        return arguments
                .choice(Option.DECAY, List.of("matrices", "all"))
                .map(d -> TrainingSpec.Decay.valueOf(d.toUpperCase(Locale.ROOT)))
                .orElse(TrainingSpec.Decay.MATRICES);
    }

    /// The ways in which images are augmented.
    static Augmentation augmentation(Arguments arguments) {
        Set<Augmentation.Way> ways = EnumSet.noneOf(Augmentation.Way.class);
        for (String name : arguments.words(Option.AUGMENT, Augmentation.names())) {
            ways.add(Augmentation.Way.valueOf(name.toUpperCase(Locale.ROOT)));
        }
        return new Augmentation(ways);
    }

    /// What activations may take, if the user says.
    static Optional<TrainingSpec.Budget> budget(Arguments arguments, CompileOptions options) {
        int bytes = options.precision().dtype().bytes();
        return arguments.bytes(Option.ACTIVATION_MEMORY).map(b -> new TrainingSpec.Budget(b, bytes));
    }

    /// Whether weights are kept in bf16 alone, and rounded at random.
    static boolean roundsAtRandom(Arguments arguments, CompileOptions options) {
        boolean on = arguments.on(Option.ENABLE_STOCHASTIC_ROUNDING);
        if (on && options.precision().dtype() != DType.BF16) {
            throw new UsageError("--enable-stochastic-rounding keeps weights in bf16, and --precision is fp32."
                    + " Leave one of them out.");
        }
        return on;
    }

    static Schedule.Course course(Arguments arguments) {
        return arguments
                .choice(Option.LR_SCHEDULE, List.of("constant", "linear", "cosine"))
                .map(s -> Schedule.Course.valueOf(s.toUpperCase(Locale.ROOT)))
                .orElse(Schedule.Course.CONSTANT);
    }

    /// The learning rate where none is given.
    static double defaultLearningRate(ZooModel model) {
        return switch (model) {
            case DecoderModel _ -> 1e-5;
            case EncoderModel _ -> 2e-5;
            case ImageModel _ -> 1e-3;
        };
    }

    static double learningRate(ZooModel model, Arguments arguments) {
        return arguments.number(Option.LR, 0, defaultLearningRate(model));
    }

    static Optimization optimization(Arguments arguments) {
        return new Optimization(
                arguments.ratio(Option.ADAM_BETA1).orElse(0.9),
                arguments.ratio(Option.ADAM_BETA2).orElse(0.999),
                arguments.number(Option.ADAM_EPS, 0, 1e-8),
                arguments.ratio(Option.MOMENTUM).orElse(0.0),
                arguments.number(Option.WEIGHT_DECAY, 0, 0.1),
                arguments.number(Option.MAX_GRAD_NORM, 0, 1.0));
    }

    /// The graph of a step that these options ask for.
    static TrainingSpec spec(
            ZooModel model, Config config, Batching batching, Arguments arguments, CompileOptions options) {
        TrainingSpec.Sample sample = switch (model) {
            case DecoderModel m -> new TrainingSpec.Texts(Decoders.limit(m, config, arguments), true);
            case EncoderModel m ->
                new TrainingSpec.Texts(Encoders.limit(m, config, arguments, Optional.empty()), false);
            case ImageModel m -> new TrainingSpec.Images(ImageSetup.sides(m.form(config), arguments, Optional.empty()));
        };
        int accumulation = arguments.positive(Option.GRAD_ACCUMULATION_STEPS).orElse(1);
        return new TrainingSpec(
                batching.step(),
                sample,
                method(arguments),
                decay(arguments),
                batching.steps() * accumulation > 1,
                budget(arguments, options),
                roundsAtRandom(arguments, options),
                LowRankArguments.asked(arguments).map(TrainingSpec.Tuning::of));
    }

    /// What a PEF keeps of the shapes.
    static Map<String, String> shapes(TrainingSpec spec, Batching batching) {
        Map<String, String> shapes = new TreeMap<>(spec.arguments());
        shapes.put(Option.BATCH_SIZE.key(), Integer.toString(batching.size()));
        shapes.put(Option.MICROBATCH_SIZE.key(), Integer.toString(batching.step()));
        shapes.putAll(sizes(spec));
        return shapes;
    }

    /// What a step is of, for those who say what it takes.
    static SequencedMap<String, Object> facts(
            ZooModel model, TrainingSpec spec, Batching batching, CompileOptions options) {
        SequencedMap<String, Object> facts = TableResult.row(
                "model", model.name(),
                "batch_size", batching.size(),
                "microbatch_size", batching.step());
        switch (spec.sample()) {
            case TrainingSpec.Texts(int tokens, boolean _) -> facts.put("sequence_length", tokens);
            case TrainingSpec.Images(List<Integer> sides) -> facts.put("image", sides.toString());
        }
        facts.put("precision", options.precisionName());
        return facts;
    }

    /// The size of a sample, by the options that say it.
    static Map<String, String> sizes(TrainingSpec spec) {
        Map<String, String> sizes = new TreeMap<>();
        switch (spec.sample()) {
            case TrainingSpec.Texts(int tokens, boolean _) ->
                sizes.put(Option.MAX_SEQ_LENGTH.key(), Integer.toString(tokens));
            case TrainingSpec.Images(List<Integer> sides) ->
                ImageSetup.sides(sides).forEach((option, side) -> sizes.put(option.key(), side.toString()));
        }
        return sizes;
    }

    /// What a run must have had to be gone on with. How long it is may change, where the learning rate does not depend
    /// on it.
    static Map<String, String> settings(ZooModel model, Arguments arguments) {
        Map<String, String> settings = new TreeMap<>();
        SHAPING.forEach(o -> arguments.text(o).ifPresent(v -> settings.put(o.key(), v)));
        settings.put(Option.LR.key(), Double.toString(learningRate(model, arguments)));
        if (course(arguments) != Schedule.Course.CONSTANT) {
            settings.put(Option.EPOCHS.key(), arguments.text(Option.EPOCHS).orElse("1"));
            arguments.text(Option.STEPS).ifPresent(s -> settings.put(Option.STEPS.key(), s));
        }
        return settings;
    }
}
