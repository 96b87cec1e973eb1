package org.rduzoo.backend.pef;

import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.arch.TensorParallel;
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
/// @param config text of the model's `config.json`; empty for a program of one's own, which `model` then names
public record Compilation(
        String model,
        String tool,
        String arch,
        int tiles,
        OptLevel level,
        SortedMap<String, String> arguments,
        SortedMap<String, String> precision,
        String config) {

    /// The argument that says how many chips share the graphs; one, without it.
    public static final String CHIPS = "n-chips";

    /// The argument that says how they share them.
    public static final String PARALLEL = "tensor-parallel";

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

    /// How many chips share the graphs.
    int chips() {
        String chips = arguments.getOrDefault(CHIPS, "1");
        if (!chips.matches("[1-9][0-9]{0,3}")) {
            throw new IllegalArgumentException(CHIPS + " is " + chips);
        }
        return Integer.parseInt(chips);
    }

    /// How they share them.
    TensorParallel parallel() {
        String parallel = arguments.getOrDefault(PARALLEL, TensorParallel.NONE.text());
        return Arrays.stream(TensorParallel.values())
                .filter(p -> p.text().equals(parallel))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(PARALLEL + " is " + parallel));
    }

    /// The part of a machine that this is for.
    ///
    /// @throws org.rduzoo.samba.UserError when there is no such machine
    public Deployment deployment() {
        return new Deployment(Arch.of(arch), tiles, chips(), parallel());
    }

    /// The command that compiles this, with `changed` in the place of its own arguments.
    String command(Map<String, String> changed) {
        TreeMap<String, String> all = new TreeMap<>(arguments);
        // A micro-batch that is the batch follows it.
        if (Objects.equals(arguments.get("microbatch-size"), arguments.get("batch-size"))) {
            all.remove("microbatch-size");
        }
        all.putAll(changed);
        StringBuilder command = new StringBuilder(config.isEmpty() ? model + " compile" : "./rdu compile " + model);
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
