package org.rduzoo.runners.generate;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.rduzoo.backend.CompileRequest;
import org.rduzoo.backend.RduCompiler;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.host.HostModel;
import org.rduzoo.backend.host.HostOptions;
import org.rduzoo.backend.host.machine.HostIsa;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.backend.section.OptLevel;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.pass.PrecisionOptions;
import org.rduzoo.llama.LlamaModel;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderGraphs;

/// A long text takes no more of the heap than a short one.
///
/// In a process of its own, as it is for a user: the compiler of the JVM decides by what a loop has seen whether its
/// vectors stay in registers.
final class GeneratorMemoryTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final int SLOTS = 1024;

    private static final int CHUNK = 8;

    private static final int SHORT = 100;

    private static final int LONG = SLOTS - 3;

    /// The tokens themselves are 8 bytes each, in an array that doubles.
    private static final long BYTES_PER_TOKEN = 64;

    /// Until then, code that is interpreted may allocate what compiled code does not.
    private static final int MOST_TEXTS = 100;

    @Test
    void aTokenLeavesNextToNothingOnTheHeap() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        // Compiles when it is time, not when a busy machine gets round to it.
                        "-Xbatch",
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        GeneratorMemoryTest.class.getName())
                .redirectErrorStream(true)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
    }

    /// Exits with 0 as soon as a token takes little enough; prints what the last ones took.
    public static void main(String[] arguments) {
        try (Checkpoint checkpoint =
                        Checkpoint.open(Path.of("../zoo/llama/src/test/resources/org/rduzoo/llama/llama"));
                HostModel host = HostModel.load(
                        compile(checkpoint), checkpoint.weights(), new HostOptions(HostIsa.detect(), 1))) {
            Generator generator = new Generator(host, new DecoderShape(1, SLOTS, List.of(CHUNK)), Set.of());
            long each = Long.MAX_VALUE;
            for (int text = 0; text < MOST_TEXTS && each >= BYTES_PER_TOKEN; text++) {
                long shorter = allocated(generator, SHORT);
                each = (allocated(generator, LONG) - shorter) / (LONG - SHORT);
            }
            System.out.println(each + " bytes a token");
            System.exit(each < BYTES_PER_TOKEN ? 0 : 1);
        }
    }

    private static Pef compile(Checkpoint checkpoint) {
        Config config = Config.parse("config.json", checkpoint.config().toString());
        LlamaModel model = new LlamaModel();
        List<Graph> graphs = Stream.of(CHUNK, 1)
                .map(t -> DecoderGraphs.step(
                                t == 1 ? DecoderShape.DECODE : DecoderShape.prefill(t),
                                model,
                                config,
                                1,
                                t,
                                SLOTS,
                                CHUNK)
                        .graph())
                .toList();
        Arch arch = Arch.of("sn40");
        return RduCompiler.compile(new CompileRequest(
                model.name(),
                graphs,
                arch,
                arch.tiles(),
                OptLevel.O3,
                PrecisionOptions.DEFAULTS,
                Map.of(),
                config.canonicalJson(),
                Optional.empty()));
    }

    private static long allocated(Generator generator, int tokens) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        Generator.Result result = generator.run(List.of(new long[] {1, 2, 3}), tokens, Sampling.GREEDY, (_, _) -> {});
        assertThat(result.continuations().getFirst().ids()).hasSize(tokens);
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }
}
