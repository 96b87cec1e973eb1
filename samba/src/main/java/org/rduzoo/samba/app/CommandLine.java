package org.rduzoo.samba.app;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.UsageError;

/// What stands after a command: operands and options. `-b=64`, `-b 64`, `--batch-size=64` and `--batch-size 64` are
/// one.
public class CommandLine<O extends CommandOption> {

    private static final Pattern SIZE = Pattern.compile("([0-9]{1,6})(|[KMG]I?)B?");

    private final List<String> operands;
    private final Map<O, List<String>> options;

    protected CommandLine(Words<O> words) {
        operands = List.copyOf(words.operands);
        options = words.options;
    }

    /// Words told apart: what is no option, and the values of each option.
    public record Words<O extends CommandOption>(List<String> operands, Map<O, List<String>> options) {}

    /// Tells options and other words apart.
    ///
    /// @param command as in `./rdu run`, for messages
    /// @param known the options that the command takes
    /// @param elsewhere all options, of other commands too
    /// @throws UsageError when an option is unknown, lacks its value, or is there twice
    public static <O extends CommandOption> Words<O> read(
            String command, List<String> words, List<O> known, List<O> elsewhere) {
        List<String> operands = new ArrayList<>();
        Map<O, List<String>> options = new LinkedHashMap<>();
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            if (word.equals("--")) {
                operands.addAll(words.subList(i + 1, words.size()));
                break;
            }
            if (!word.startsWith("-") || word.equals("-")) {
                operands.add(word);
                continue;
            }
            int equals = word.indexOf('=');
            String name = equals < 0 ? word : word.substring(0, equals);
            O option = find(name, known).orElseThrow(() -> unknown(command, name, known, elsewhere));
            String value;
            if (equals >= 0) {
                value = word.substring(equals + 1);
            } else if (option.isFlag()) {
                boolean spelt = option.spellsOut()
                        && i + 1 < words.size()
                        && (words.get(i + 1).equals("true") || words.get(i + 1).equals("false"));
                value = spelt ? words.get(++i) : "true";
            } else if (i + 1 < words.size() && find(words.get(i + 1), known).isEmpty()) {
                value = words.get(++i);
            } else {
                throw new UsageError("%s needs a value: %s.".formatted(name, option.usage()));
            }
            if (option.isFlag() && !value.equals("true") && !value.equals("false")) {
                throw new UsageError("%s is true or false, not \"%s\".".formatted(name, value));
            }
            List<String> values = options.computeIfAbsent(option, _ -> new ArrayList<>());
            if (!values.isEmpty() && !option.repeats()) {
                throw new UsageError(option.text() + " is given twice. Give it once.");
            }
            values.add(value);
        }
        return new Words<>(operands, options);
    }

    private static <O extends CommandOption> Optional<O> find(String name, List<O> among) {
        return among.stream().filter(o -> o.spellings().anyMatch(name::equals)).findFirst();
    }

    private static <O extends CommandOption> UsageError unknown(
            String command, String name, List<O> known, List<O> elsewhere) {
        if (find(name, elsewhere).isPresent()) {
            return new UsageError("%s does not take %s. See %s --help."
                    .formatted(command.substring(command.lastIndexOf(' ') + 1), name, command));
        }
        List<String> spellings =
                known.stream().flatMap(CommandOption::spellings).toList();
        return new UsageError(
                "there is no option %s.%s See %s --help.".formatted(name, Nearest.hint(name, spellings), command));
    }

    /// The words that are no options.
    public List<String> operands() {
        return operands;
    }

    public boolean has(O option) {
        return options.containsKey(option);
    }

    /// Whether a flag is on.
    public boolean on(O flag) {
        return text(flag).map(Boolean::parseBoolean).orElse(false);
    }

    public Optional<String> text(O option) {
        return texts(option).stream().findFirst();
    }

    public List<String> texts(O option) {
        return options.getOrDefault(option, List.of());
    }

    public Optional<Path> path(O option) {
        return text(option).map(Path::of);
    }

    /// A path that must be given.
    public Path required(O option) {
        return path(option)
                .orElseThrow(() -> new UsageError(
                        "%s is missing: give %s, %s.".formatted(option.text(), option.usage(), option.help())));
    }

    /// A whole number of at least 1.
    public Optional<Integer> positive(O option) {
        return text(option).map(t -> positive(option, t));
    }

    /// Whole numbers of at least 1, with commas between them.
    public List<Integer> positives(O option) {
        return text(option).stream()
                .flatMap(t -> Arrays.stream(t.split(",", -1)))
                .map(t -> positive(option, t.strip()))
                .distinct()
                .sorted()
                .toList();
    }

    /// A whole number of at least 0.
    public Optional<Integer> count(O option) {
        return text(option).map(t -> t.equals("0") ? 0 : positive(option, t));
    }

    /// A number of bytes, at least 1, as in `500MB` or `2GiB`.
    public Optional<Long> bytes(O option) {
        return text(option).map(t -> {
            Matcher size = SIZE.matcher(t.toUpperCase(Locale.ROOT));
            if (!size.matches() || Long.parseLong(size.group(1)) == 0) {
                throw new UsageError(
                        "%s is \"%s\", but must be a size such as 500MB, 5GB or 2GiB.".formatted(option.text(), t));
            }
            String unit = size.group(2);
            int thousands = unit.isEmpty() ? 0 : 1 + "KMG".indexOf(unit.charAt(0));
            return Long.parseLong(size.group(1)) * Math.powExact(unit.endsWith("I") ? 1024L : 1000L, thousands);
        });
    }

    /// A share: at least 0 and less than 1.
    public Optional<Double> ratio(O option) {
        return text(option).map(t -> {
            try {
                double value = Double.parseDouble(t);
                if (value >= 0 && value < 1) {
                    return value;
                }
            } catch (NumberFormatException _) {
                // Said below, with numbers that are out of range.
            }
            throw new UsageError(
                    "%s is \"%s\", but must be a number of at least 0 and less than 1.".formatted(option.text(), t));
        });
    }

    /// Some of these words, with commas between them.
    public List<String> words(O option, List<String> choices) {
        List<String> words = text(option).stream()
                .flatMap(t -> Arrays.stream(t.split(",", -1)))
                .map(String::strip)
                .toList();
        for (String word : words) {
            if (!choices.contains(word)) {
                throw new UsageError("%s has \"%s\", but takes some of %s.%s"
                        .formatted(option.text(), word, String.join(", ", choices), Nearest.hint(word, choices)));
            }
        }
        return words;
    }

    /// One of these words.
    public Optional<String> choice(O option, List<String> choices) {
        Optional<String> text = text(option);
        if (text.isPresent() && !choices.contains(text.get())) {
            throw new UsageError("%s is \"%s\", but must be one of %s.%s"
                    .formatted(
                            option.text(), text.get(), String.join(", ", choices), Nearest.hint(text.get(), choices)));
        }
        return text;
    }

    /// A number of at least `least`.
    public double number(O option, double least, double otherwise) {
        Optional<String> text = text(option);
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            double value = Double.parseDouble(text.get());
            if (value >= least && value < Double.POSITIVE_INFINITY) {
                return value;
            }
        } catch (NumberFormatException _) {
            // Said below, with numbers that are too small.
        }
        throw new UsageError("%s is \"%s\", but must be a number of at least %s."
                .formatted(option.text(), text.get(), String.format(Locale.ROOT, "%.0f", least)));
    }

    private static int positive(CommandOption option, String text) {
        try {
            int value = Integer.parseInt(text);
            if (value >= 1) {
                return value;
            }
        } catch (NumberFormatException _) {
            // Said below, with numbers that are too small.
        }
        throw new UsageError("%s is \"%s\", but must be a whole number of at least 1.".formatted(option.text(), text));
    }
}
