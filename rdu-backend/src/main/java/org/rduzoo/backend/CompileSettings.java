package org.rduzoo.backend;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.arch.TensorParallel;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.pass.PrecisionOptions;

/// What options say to the compiler, by their names without hyphens: `arch`, `num-tiles`, `n-chips`,
/// `tensor-parallel`, `o0`, `o1`, `o3`, `precision`, `dump-ir`.
public record CompileSettings(
        Deployment deployment, OptLevel level, PrecisionOptions precision, Optional<Path> dumpIr) {

    /// @throws org.rduzoo.samba.UserError when the chip has fewer tiles, or no machine so many chips
    public static CompileSettings of(Map<String, String> options) {
        return new CompileSettings(
                deployment(options),
                level(options),
                precision(options),
                Optional.ofNullable(options.get("dump-ir")).map(Path::of));
    }

    /// The part of a machine that is compiled for.
    ///
    /// @throws org.rduzoo.samba.UserError when the chip has fewer tiles, or no machine so many chips
    public static Deployment deployment(Map<String, String> options) {
        Arch arch = Arch.of(options.getOrDefault("arch", "sn40"));
        int tiles = options.containsKey("num-tiles")
                ? arch.requireTiles(Integer.parseInt(Objects.requireNonNull(options.get("num-tiles"))))
                : arch.tiles();
        int chips = Integer.parseInt(options.getOrDefault("n-chips", "1"));
        TensorParallel parallel = chips == 1
                ? TensorParallel.NONE
                : TensorParallel.valueOf(
                        options.getOrDefault("tensor-parallel", "weight").toUpperCase(Locale.ROOT));
        return new Deployment(arch, tiles, chips, parallel);
    }

    /// How the graph is cut into sections.
    public static OptLevel level(Map<String, String> options) {
        return isOn("o0", options) ? OptLevel.O0 : isOn("o1", options) ? OptLevel.O1 : OptLevel.O3;
    }

    private static boolean isOn(String flag, Map<String, String> options) {
        return Boolean.parseBoolean(options.getOrDefault(flag, "false"));
    }

    /// What is rounded.
    public static PrecisionOptions precision(Map<String, String> options) {
        boolean full = options.getOrDefault("precision", "bf16").equals("fp32");
        return PrecisionOptions.DEFAULTS.withDType(full ? DType.F32 : DType.BF16);
    }
}
