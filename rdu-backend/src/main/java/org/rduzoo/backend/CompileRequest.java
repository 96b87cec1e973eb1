package org.rduzoo.backend;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.fusion.FusionRules;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.pass.PrecisionOptions;

/// What to compile, and for which chip.
///
/// @param model the zoo model's name
/// @param graphs as they were traced; they share their parameters
/// @param arguments the options that shaped the graphs, by name without hyphens; a run must agree with them
/// @param configText the model's configuration
/// @param rules that sections at [OptLevel#O1] are cut by
/// @param dumpIr a folder that gets each level as numbered text
public record CompileRequest(
        String model,
        List<Graph> graphs,
        Arch arch,
        int tiles,
        OptLevel level,
        PrecisionOptions precision,
        Map<String, String> arguments,
        String configText,
        FusionRules rules,
        Optional<Path> dumpIr) {

    public CompileRequest {
        graphs = List.copyOf(graphs);
        arguments = Map.copyOf(arguments);
    }

    /// With the rules that come with the compiler.
    public CompileRequest(
            String model,
            List<Graph> graphs,
            Arch arch,
            int tiles,
            OptLevel level,
            PrecisionOptions precision,
            Map<String, String> arguments,
            String configText,
            Optional<Path> dumpIr) {
        this(model, graphs, arch, tiles, level, precision, arguments, configText, FusionRules.builtIn(), dumpIr);
    }
}
