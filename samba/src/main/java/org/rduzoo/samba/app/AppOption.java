package org.rduzoo.samba.app;

import java.util.List;
import java.util.Optional;

/// An option of a program of one's own.
///
/// @param otherwise its value where it is left out
/// @param shapes whether it shapes the graph: a PEF keeps it, and a run takes it from there
public record AppOption(
        String key, String shortName, String value, String help, Optional<String> otherwise, boolean shapes)
        implements CommandOption {

    static final AppOption PEF = plain("pef", "p", "FILE", "the PEF to write or to run (OUT/NAME/NAME.pef)");
    static final AppOption OUTPUT_FOLDER = of("output-folder", "out", "where compile puts its folder");
    static final AppOption PEF_NAME = plain("pef-name", "", "NAME", "name of the PEF and its folder (the program's)");
    static final AppOption BATCH_SIZE = shape("batch-size", "b", 1, "samples a run");
    static final AppOption MICROBATCH_SIZE =
            compiler("microbatch-size", "mb", "N", "samples that go through the graph at a time (the batch size)");
    static final AppOption INFERENCE = compiler("inference", "", "", "forward only");
    static final AppOption ARCH = compiler("arch", "", "CHIP", "sn10, sn30 or sn40 (sn40)");
    static final AppOption NUM_TILES = compiler("num-tiles", "", "N", "tiles of the chip to use (all)");
    static final AppOption N_CHIPS = compiler("n-chips", "", "N", "chips that share the model (1)");
    static final AppOption TENSOR_PARALLEL =
            compiler("tensor-parallel", "", "HOW", "none, batch or weight: what chips share");
    static final AppOption O0 = compiler("o0", "", "", "one operation a section");
    static final AppOption O1 = compiler("o1", "", "", "known patterns a section");
    static final AppOption O3 = compiler("o3", "", "", "the whole graph cut where it costs least (the default)");
    static final AppOption PRECISION = compiler("precision", "", "TYPE", "bf16 or fp32 (bf16)");
    static final AppOption DUMP_IR = plain("dump-ir", "", "DIR", "write the graph after each step of the compiler");
    static final AppOption INIT_CKPT_PATH = plain("init-ckpt-path", "", "PATH", "weights to begin with (random ones)");
    static final AppOption CKPT_PATH = plain("ckpt-path", "", "FILE", "where run writes the weights in the end");
    static final AppOption FORCE = plain("force", "", "", "replace files that are there");
    static final AppOption HOST_ISA = plain("host-isa", "", "ISA", "amx, avx512, avx2 or java (the best there is)");
    static final AppOption THREADS = plain("threads", "", "N", "threads of the simulator (all cores)");
    static final AppOption NUM_ITERATIONS = of("num-iterations", "n", 100, "runs that measure-performance takes");
    static final AppOption SEED = of("seed", 256, "of random numbers");
    static final AppOption HELP = plain("help", "h", "", "print this");

    /// The options that every program has.
    static List<AppOption> common() {
        return List.of(
                PEF,
                OUTPUT_FOLDER,
                PEF_NAME,
                BATCH_SIZE,
                MICROBATCH_SIZE,
                INFERENCE,
                ARCH,
                NUM_TILES,
                N_CHIPS,
                TENSOR_PARALLEL,
                O0,
                O1,
                O3,
                PRECISION,
                DUMP_IR,
                INIT_CKPT_PATH,
                CKPT_PATH,
                FORCE,
                HOST_ISA,
                THREADS,
                NUM_ITERATIONS,
                SEED,
                HELP);
    }

    /// A number or text that concerns a run and no graph.
    public static AppOption of(String key, Object otherwise, String help) {
        return of(key, "", otherwise, help);
    }

    public static AppOption of(String key, String shortName, Object otherwise, String help) {
        return new AppOption(
                key,
                shortName,
                word(otherwise),
                withDefault(help, otherwise),
                Optional.of(otherwise.toString()),
                false);
    }

    /// A number or text that shapes the graph.
    public static AppOption shape(String key, Object otherwise, String help) {
        return shape(key, "", otherwise, help);
    }

    private static AppOption shape(String key, String shortName, Object otherwise, String help) {
        return new AppOption(
                key, shortName, word(otherwise), withDefault(help, otherwise), Optional.of(otherwise.toString()), true);
    }

    /// Something that is on or off, and concerns a run and no graph.
    public static AppOption flag(String key, String help) {
        return plain(key, "", "", help);
    }

    private static AppOption plain(String key, String shortName, String value, String help) {
        return new AppOption(key, shortName, value, help, Optional.empty(), false);
    }

    private static AppOption compiler(String key, String shortName, String value, String help) {
        return new AppOption(key, shortName, value, help, Optional.empty(), true);
    }

    private static String word(Object value) {
        return value instanceof Integer || value instanceof Long ? "N" : value instanceof Number ? "X" : "TEXT";
    }

    private static String withDefault(String help, Object otherwise) {
        return "%s (%s)".formatted(help, otherwise);
    }
}
