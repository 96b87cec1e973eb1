package org.rduzoo.samba.app;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.UsageError;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.session.Backend;

/// What a program of one's own was started with: a command, the options that every program has, and its own.
///
/// What shapes the graph is kept in the PEF: a run need not say it again, and may not say otherwise.
public final class AppArgs extends CommandLine<AppOption> {

    /// What to do.
    public enum Command {
        /// Model and shapes to a PEF; needs no weights.
        COMPILE,
        /// Load the PEF and train, or infer.
        RUN,
        /// The same inputs through the reference and the simulator.
        TEST,
        /// How long a run takes.
        MEASURE_PERFORMANCE;

        /// As on the command line.
        public String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private final String app;
    private final Command command;
    private final List<AppOption> known;
    private Map<String, String> compiled = Map.of();

    private AppArgs(String app, Command command, List<AppOption> known, Words<AppOption> words) {
        super(words);
        this.app = app;
        this.command = command;
        this.known = known;
    }

    /// Reads the words behind the program's name.
    ///
    /// @param app the program's name
    /// @param own options beside those that every program has
    /// @throws UsageError when they cannot be read
    /// @throws UserError when a command that needs a PEF finds none, or one that was compiled otherwise
    public static AppArgs parse(String app, List<String> words, List<AppOption> own) {
        AppArgs arguments = read(app, words, own);
        arguments.requireSound();
        if (arguments.command != Command.COMPILE) {
            arguments.compiled =
                    Backend.find().arguments(app, arguments.pef(), arguments.command.text(), arguments.given());
        }
        return arguments;
    }

    private static AppArgs read(String app, List<String> words, List<AppOption> own) {
        List<AppOption> known =
                Stream.concat(own.stream(), AppOption.common().stream()).toList();
        String first = words.isEmpty() ? "" : words.getFirst();
        Command command = Arrays.stream(Command.values())
                .filter(c -> c.text().equals(first))
                .findFirst()
                .orElseThrow(() -> new UsageError(
                        first.isEmpty()
                                ? "say what to do: %s.".formatted(String.join(", ", commands()))
                                : "there is no command %s.%s The commands are %s."
                                        .formatted(
                                                first,
                                                Nearest.hint(first, commands()),
                                                String.join(", ", commands()))));
        Words<AppOption> rest = read(app + " " + first, words.subList(1, words.size()), known, known);
        if (!rest.operands().isEmpty()) {
            throw new UsageError("%s takes no words, but \"%s\" is given. See %s %s --help."
                    .formatted(first, String.join(" ", rest.operands()), app, first));
        }
        return new AppArgs(app, command, known, rest);
    }

    static List<String> commands() {
        return Arrays.stream(Command.values()).map(Command::text).toList();
    }

    private void requireSound() {
        choice(AppOption.ARCH, List.of("sn10", "sn30", "sn40"));
        choice(AppOption.PRECISION, List.of("bf16", "fp32"));
        choice(AppOption.TENSOR_PARALLEL, List.of("none", "batch", "weight"));
        positive(AppOption.NUM_TILES);
        positive(AppOption.N_CHIPS);
        positive(AppOption.THREADS);
        List<AppOption> levels = Stream.of(AppOption.O0, AppOption.O1, AppOption.O3)
                .filter(this::on)
                .toList();
        if (levels.size() > 1) {
            throw new UsageError("%s and %s contradict each other. Give one."
                    .formatted(levels.get(0).text(), levels.get(1).text()));
        }
        if (batchSize() % microbatchSize() != 0) {
            throw new UsageError("--batch-size is %d, but must be a multiple of --microbatch-size, %d."
                    .formatted(batchSize(), microbatchSize()));
        }
    }

    /// The value as given, else as the PEF has it, else as it is without.
    @Override
    public List<String> texts(AppOption option) {
        List<String> given = super.texts(option);
        String kept = option.shapes() ? compiled.get(option.key()) : null;
        return !given.isEmpty()
                ? given
                : Stream.concat(Optional.ofNullable(kept).stream(), option.otherwise().stream())
                        .limit(1)
                        .toList();
    }

    public String app() {
        return app;
    }

    public Command command() {
        return command;
    }

    public int batchSize() {
        return whole(AppOption.BATCH_SIZE);
    }

    public int microbatchSize() {
        return positive(AppOption.MICROBATCH_SIZE).orElse(batchSize());
    }

    public boolean inference() {
        return on(AppOption.INFERENCE);
    }

    public long seed() {
        String text = text(AppOption.SEED).orElseThrow();
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException _) {
            throw new UsageError("--seed is \"%s\", but must be a whole number.".formatted(text));
        }
    }

    public int numIterations() {
        return whole(AppOption.NUM_ITERATIONS);
    }

    public boolean force() {
        return on(AppOption.FORCE);
    }

    /// The PEF to write or to run.
    public Path pef() {
        String name = text(AppOption.PEF_NAME).orElse(app);
        return path(AppOption.PEF).orElse(Path.of(text(AppOption.OUTPUT_FOLDER).orElseThrow(), name, name + ".pef"));
    }

    /// The weights to begin with, if any are named.
    public Optional<Path> initCkptPath() {
        return path(AppOption.INIT_CKPT_PATH);
    }

    /// Where to write the weights in the end, if anywhere.
    ///
    /// @throws UserError when the file is there already, and may not be replaced
    public Optional<Path> newCkptPath() {
        Optional<Path> file = path(AppOption.CKPT_PATH);
        file.filter(f -> Files.exists(f) && !force()).ifPresent(f -> {
            throw new UserError("%s exists. Choose another name, or replace it with --force.".formatted(f));
        });
        return file;
    }

    /// A whole number of at least 1, of an option that has a default.
    public int whole(AppOption option) {
        return positive(option).orElseThrow();
    }

    /// A number of at least 0, of an option that has a default.
    public double number(AppOption option) {
        return number(option, 0, 0);
    }

    /// What shapes the PEF, by option without hyphens, and where to write what the compiler does.
    public Map<String, String> compiling() {
        Map<String, String> all = values(known.stream().filter(AppOption::shapes));
        all.putAll(values(Stream.of(AppOption.DUMP_IR)));
        return all;
    }

    /// What concerns the machine that runs it.
    public Map<String, String> hosting() {
        return values(Stream.of(AppOption.HOST_ISA, AppOption.THREADS));
    }

    private Map<String, String> given() {
        return values(known.stream().filter(o -> o.shapes() && has(o)));
    }

    private Map<String, String> values(Stream<AppOption> options) {
        return options.filter(o -> text(o).isPresent())
                .collect(Collectors.toMap(AppOption::key, o -> text(o).orElseThrow(), (a, _) -> a, TreeMap::new));
    }

    /// The options, a line each.
    static String help(String app, List<AppOption> own) {
        List<AppOption> options = new ArrayList<>(own);
        options.addAll(AppOption.common());
        int width = options.stream().mapToInt(o -> o.usage().length()).max().orElse(0);
        return options.stream()
                .map(o -> ("  %-" + width + "s  %s").formatted(o.usage(), o.help()))
                .collect(Collectors.joining(
                        "\n", "usage: %s {%s} [options]\n\n".formatted(app, String.join(",", commands())), ""));
    }
}
