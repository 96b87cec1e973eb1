package org.rduzoo.backend.pef;

import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.rduzoo.backend.section.OptLevel;

/// What a PEF was compiled from and for.
///
/// @param model as on the command line: `bert`
/// @param tool version of what compiled it
/// @param arch the chip's key
/// @param tiles how many of its tiles
/// @param arguments what shapes the graphs, as given to `compile`: option without hyphens (`batch-size`) → value;
///     a flag that is on has the value `true`; a key of the model's configuration is `set.KEY`
/// @param precision the flags of the rounding pass, and `precision` itself
/// @param config text of the model's `config.json`
public record Compilation(
        String model,
        String tool,
        String arch,
        int tiles,
        OptLevel level,
        SortedMap<String, String> arguments,
        SortedMap<String, String> precision,
        String config) {

    public Compilation {
        arguments = Collections.unmodifiableSortedMap(new TreeMap<>(arguments));
        precision = Collections.unmodifiableSortedMap(new TreeMap<>(precision));
    }

    public static Compilation of(
            String model,
            String tool,
            String arch,
            int tiles,
            OptLevel level,
            Map<String, String> arguments,
            Map<String, String> precision,
            String config) {
        return new Compilation(
                model, tool, arch, tiles, level, new TreeMap<>(arguments), new TreeMap<>(precision), config);
    }

    /// The command that compiles this, with `changed` in the place of its own arguments.
    String command(Map<String, String> changed) {
        TreeMap<String, String> all = new TreeMap<>(arguments);
        // A micro-batch that is the batch follows it.
        if (Objects.equals(arguments.get("microbatch-size"), arguments.get("batch-size"))) {
            all.remove("microbatch-size");
        }
        all.putAll(changed);
        StringBuilder command = new StringBuilder("./rdu compile ").append(model);
        all.forEach((key, value) -> {
            if (!value.equals("false")) {
                command.append(' ').append(option(key, value));
            }
        });
        return command.toString();
    }

    /// An argument as one writes it: `--batch-size 4`, `--inference`, `--set hidden_size=64`.
    static String option(String key, String value) {
        if (key.startsWith("set.")) {
            return "--set " + quoted(key.substring(4) + "=" + value);
        }
        return value.equals("true") || value.equals("false") ? "--" + key : "--" + key + " " + quoted(value);
    }

    private static String quoted(String word) {
        return word.matches("[\\w./=:,+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
