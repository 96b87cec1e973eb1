package org.rduzoo.runners;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.rduzoo.backend.CompileRequest;
import org.rduzoo.backend.CompileSettings;
import org.rduzoo.backend.RduCompiler;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.fusion.FusionRules;
import org.rduzoo.backend.pef.Compilation;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.pass.PrecisionOptions;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.UsageError;
import org.rduzoo.samba.UserError;

/// What the compiler is told apart from the model and its shapes.
///
/// @param given the arguments that shape the PEF and that the user named, as a PEF keeps them
record CompileOptions(
        OptLevel level, PrecisionOptions precision, Rules rules, Optional<Path> dumpIr, Map<String, String> given) {

    private static final List<Option> KEPT = List.of(
            Option.BATCH_SIZE,
            Option.MICROBATCH_SIZE,
            Option.INFERENCE,
            Option.ARCH,
            Option.NUM_TILES,
            Option.N_CHIPS,
            Option.TENSOR_PARALLEL,
            Option.O0,
            Option.O1,
            Option.OPTIMIZATION_RULES,
            Option.USE_O1_DEFAULT_RULES,
            Option.O3,
            Option.PRECISION,
            Option.MAX_SEQ_LENGTH,
            Option.POOLING,
            Option.NORMALIZE);

    /// What says how much of which machine.
    private static final List<Option> CHIPS =
            List.of(Option.ARCH, Option.NUM_TILES, Option.N_CHIPS, Option.TENSOR_PARALLEL);

    static CompileOptions of(Arguments arguments) {
        requireSound(arguments);
        Map<String, String> given = given(arguments);
        if (CHIPS.stream().anyMatch(option -> given.containsKey(option.key()))) {
            // Refused here if there is no such machine.
            Deployment _ = CompileSettings.deployment(given);
        }
        PrecisionOptions precision = CompileSettings.precision(given);
        for (Map.Entry<String, String> e : ModelSource.set(arguments).entrySet()) {
            if (PrecisionOptions.keys().contains(e.getKey())) {
                try {
                    precision = precision.withKey(e.getKey(), e.getValue());
                } catch (IllegalArgumentException x) {
                    throw new UserError("--set " + e.getKey() + "=" + e.getValue() + ": " + x.getMessage(), x);
                }
            }
        }
        return new CompileOptions(
                CompileSettings.level(given), precision, Rules.of(arguments), arguments.path(Option.DUMP_IR), given);
    }

    private static void requireSound(Arguments arguments) {
        arguments.choice(Option.ARCH, Arch.keys());
        arguments.choice(Option.TENSOR_PARALLEL, List.of("none", "batch", "weight"));
        arguments.choice(Option.PRECISION, List.of("bf16", "fp32"));
        arguments.positive(Option.NUM_TILES);
        arguments.positive(Option.N_CHIPS);
        List<Option> levels =
                Stream.of(Option.O0, Option.O1, Option.O3).filter(arguments::on).toList();
        if (levels.size() > 1) {
            throw new UsageError("%s and %s contradict each other. Give one."
                    .formatted(levels.get(0).text(), levels.get(1).text()));
        }
    }

    /// Fusion rules, of which the built-in ones are read when something is compiled.
    ///
    /// @param own the user's
    record Rules(boolean builtIn, Optional<FusionRules> own) {

        static Rules of(Arguments arguments) {
            return new Rules(
                    !arguments.has(Option.USE_O1_DEFAULT_RULES) || arguments.on(Option.USE_O1_DEFAULT_RULES),
                    arguments.path(Option.OPTIMIZATION_RULES).map(FusionRules::read));
        }

        FusionRules all() {
            FusionRules first = builtIn ? FusionRules.builtIn() : FusionRules.none();
            return own.map(first::with).orElse(first);
        }

        /// What tells them from others that the same compiler might take.
        String key() {
            return builtIn + own.map(FusionRules::text).orElse("");
        }
    }

    private static Map<String, String> given(Arguments arguments) {
        Map<String, String> given = new TreeMap<>();
        for (Option option : KEPT) {
            arguments.text(option).ifPresent(value -> given.put(option.key(), value));
        }
        ModelSource.set(arguments).forEach((key, value) -> given.put("set." + key, value));
        return given;
    }

    /// What is compiled for. The chip's numbers are read when somebody asks: most runs find their PEF without.
    Deployment deployment() {
        return CompileSettings.deployment(given);
    }

    /// Everything here that shapes a PEF, as text.
    String key() {
        List<String> parts = new ArrayList<>();
        for (Option option : CHIPS) {
            parts.add(given.getOrDefault(option.key(), ""));
        }
        parts.add(level.text());
        parts.add(precision.dtype().text());
        parts.add(precision.asMap().toString());
        parts.add(rules.key());
        parts.add(given.getOrDefault(Option.INFERENCE.key(), ""));
        return String.join(" ", parts);
    }

    /// As on the command line.
    String precisionName() {
        return precision.dtype() == DType.F32 ? "fp32" : "bf16";
    }

    /// @param shapes the arguments that shape the graphs and that `given` may lack
    Pef compile(String model, Config config, List<Graph> graphs, Map<String, String> shapes) {
        Map<String, String> all = new TreeMap<>(shapes);
        all.putIfAbsent(Option.INFERENCE.key(), "true");
        Deployment deployment = deployment();
        all.put(Option.ARCH.key(), deployment.arch().key());
        all.put(Option.NUM_TILES.key(), Integer.toString(deployment.tiles()));
        all.put(level.text(), "true");
        all.put(Option.PRECISION.key(), precisionName());
        all.putAll(given);
        if (deployment.chips() > 1) {
            all.put(Compilation.CHIPS, Integer.toString(deployment.chips()));
            all.put(Compilation.PARALLEL, deployment.parallel().text());
        }
        return RduCompiler.compile(new CompileRequest(
                model,
                graphs,
                deployment.arch(),
                deployment.tiles(),
                level,
                precision,
                all,
                config.canonicalJson(),
                rules.all(),
                dumpIr));
    }
}
