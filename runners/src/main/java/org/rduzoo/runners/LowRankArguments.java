package org.rduzoo.runners;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.rduzoo.checkpoint.Adapter;
import org.rduzoo.checkpoint.lora.AdapterConfig;
import org.rduzoo.samba.DecoderModel;
import org.rduzoo.samba.LowRank;
import org.rduzoo.samba.UsageError;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.ZooModel;

/// The options that say which adapters of low rank learn.
final class LowRankArguments {

    private LowRankArguments() {}

    /// The adapters that the options ask for, if they do.
    static Optional<LowRank> asked(Arguments arguments) {
        Optional<Integer> rank = arguments.positive(Option.LORA_RANK);
        List<String> targets = targets(arguments);
        if (rank.isEmpty()) {
            for (Option option : List.of(Option.LORA_TARGET, Option.LORA_ALPHA, Option.LORA_DROPOUT)) {
                if (arguments.has(option)) {
                    throw new UsageError(option.text() + " is for adapters: give --lora-rank N too.");
                }
            }
            return Optional.empty();
        }
        if (targets.isEmpty()) {
            throw new UsageError("--lora-rank needs --lora-target: the names of the layers that get an adapter, with"
                    + " commas between them, as in q_proj,v_proj.");
        }
        return Optional.of(new LowRank(
                rank.get(),
                alpha(arguments, rank.get()) / rank.get(),
                targets,
                arguments.ratio(Option.LORA_DROPOUT).orElse(0.0) > 0));
    }

    private static List<String> targets(Arguments arguments) {
        return arguments.text(Option.LORA_TARGET).stream()
                .flatMap(t -> Arrays.stream(t.split(",", -1)))
                .map(String::strip)
                .filter(t -> !t.isEmpty())
                .distinct()
                .toList();
    }

    private static double alpha(Arguments arguments, int rank) {
        return arguments.number(Option.LORA_ALPHA, 0, rank);
    }

    /// What is trained, if it is adapters: those of the checkpoint, which options may repeat, or those that the options
    /// ask for.
    ///
    /// @throws UserError when the options ask for others than the checkpoint has
    static Optional<AdapterConfig> config(ZooModel model, Arguments arguments, TrainingSource source) {
        if (source.adapter().isPresent()) {
            return source.adapter().map(a -> continued(a, arguments, source.name()));
        }
        Optional<LowRank> asked = asked(arguments);
        if (asked.isPresent() && source.checkpoint().isEmpty()) {
            throw new UserError("%s has no weights for adapters to stand beside. Leave --lora-rank out to train the"
                            .formatted(source.name())
                    + " whole model.");
        }
        return asked.map(a -> new AdapterConfig(
                base(arguments, source),
                model instanceof DecoderModel ? "CAUSAL_LM" : "",
                a.rank(),
                alpha(arguments, a.rank()),
                false,
                arguments.ratio(Option.LORA_DROPOUT).orElse(0.0),
                false,
                a.targets(),
                List.of()));
    }

    private static AdapterConfig continued(Adapter adapter, Arguments arguments, String name) {
        AdapterConfig known = adapter.config();
        agree(arguments, Option.LORA_RANK, arguments.positive(Option.LORA_RANK).orElse(known.rank()), known.rank());
        agree(arguments, Option.LORA_ALPHA, arguments.number(Option.LORA_ALPHA, 0, known.alpha()), known.alpha());
        if (arguments.has(Option.LORA_TARGET)) {
            agree(arguments, Option.LORA_TARGET, new HashSet<>(targets(arguments)), new HashSet<>(known.targets()));
        }
        String base = Path.of(known.base()).isAbsolute()
                        || !Files.exists(Path.of(name).resolve(known.base()))
                ? known.base()
                : Path.of(name)
                        .resolve(known.base())
                        .toAbsolutePath()
                        .normalize()
                        .toString();
        return new AdapterConfig(
                base,
                known.task(),
                known.rank(),
                known.alpha(),
                known.rootScaled(),
                arguments.ratio(Option.LORA_DROPOUT).orElse(known.dropout()),
                known.fanInFanOut(),
                known.targets().isEmpty() ? adapter.weights().layers() : known.targets(),
                known.whole());
    }

    private static void agree(Arguments arguments, Option option, Object given, Object known) {
        if (!given.equals(known)) {
            throw new UserError(("%s is %s, but the checkpoint is an adapter that has %s. Leave the option out to go on"
                            + " with it, or fold it first, with ./rdu convert, to begin another.")
                    .formatted(option.text(), arguments.text(option).orElse(""), known));
        }
    }

    /// As the folder that training leaves names the checkpoint: a name on the Hub stays one.
    private static String base(Arguments arguments, TrainingSource source) {
        return arguments
                .text(Option.CHECKPOINT)
                .filter(name -> !Files.exists(Path.of(name)))
                .orElseGet(() ->
                        Path.of(source.name()).toAbsolutePath().normalize().toString());
    }

    /// The adapters of a training graph.
    static LowRank adapters(AdapterConfig config, TrainingSource source) {
        List<String> layers = source.adapter().map(a -> a.weights().layers()).orElse(config.targets());
        return new LowRank(config.rank(), config.scale(), layers, config.dropout() > 0);
    }

    /// The kind of model that PEFT is to make of it. One that labels texts has its head learned whole, there as here.
    static String task(AdapterConfig config, List<String> whole) {
        return whole.contains("classifier") ? "SEQ_CLS" : config.task();
    }
}
