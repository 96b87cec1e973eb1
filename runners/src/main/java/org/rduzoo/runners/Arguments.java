package org.rduzoo.runners;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.rduzoo.samba.UsageError;
import org.rduzoo.samba.app.CommandLine;

/// What stands after a command of `./rdu`.
final class Arguments extends CommandLine<Option> {

    private Arguments(Words<Option> words) {
        super(words);
    }

    /// @param allowed the options of this command; `--json` and `--help` always are
    /// @throws UsageError when an option is unknown, lacks its value, or is there twice
    static Arguments parse(String command, List<String> words, List<Option> allowed) {
        List<Option> known = new ArrayList<>(allowed);
        known.add(Option.JSON);
        known.add(Option.HELP);
        return new Arguments(read("./rdu " + command, words, known, List.of(Option.values())));
    }

    /// The same, and this option with this value.
    Arguments with(Option option, String value) {
        Map<Option, List<String>> options = new EnumMap<>(Option.class);
        for (Option o : Option.values()) {
            if (has(o)) {
                options.put(o, texts(o));
            }
        }
        options.put(option, List.of(value));
        return new Arguments(new Words<>(operands(), options));
    }

    long seed() {
        String text = text(Option.SEED).orElse("256");
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException _) {
            throw new UsageError("--seed is \"%s\", but must be a whole number.".formatted(text));
        }
    }
}
