package org.rduzoo.bert;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rduzoo.backend.host.HostGraph;
import org.rduzoo.backend.host.HostModel;
import org.rduzoo.backend.host.HostOptions;
import org.rduzoo.backend.host.machine.HostIsa;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.Weights;
import org.rduzoo.testkit.ModelGolden;

/// A step of the whole graph leaves nothing on the heap: not on the thread that calls, not on those that help it.
///
/// Each path runs in a process of its own, as it does for a user: the compiler of the JVM decides by what a loop has
/// seen whether its vectors stay in registers.
final class BertMemoryTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /// Until then, code that is interpreted may allocate what compiled code does not.
    private static final int MOST_BATCHES = 1_000;

    private static final int BATCH = 20;

    /// So many batches in a row without an allocation: not luck.
    private static final int ENOUGH = 3;

    static Stream<HostIsa> isas() {
        return HostIsa.available();
    }

    @ParameterizedTest
    @MethodSource("isas")
    void aStepAllocatesNothing(HostIsa isa) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        // Compiles when it is time, not when a busy machine gets round to it.
                        "-Xbatch",
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        BertMemoryTest.class.getName(),
                        isa.text())
                .redirectErrorStream(true)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
        assertThat(printed).contains("F32 0 bytes", "BF16 0 bytes");
    }

    /// Prints what steps allocate in the end, in both precisions.
    public static void main(String[] arguments) {
        ModelGolden golden = ModelGolden.beside(BertMemoryTest.class, "bert-mlm");
        for (DType dtype : new DType[] {DType.F32, DType.BF16}) {
            try (Weights weights = golden.open();
                    HostModel host = HostModel.load(
                            BertOnTheSimulatorTest.compile(golden, dtype),
                            weights,
                            new HostOptions(HostIsa.parse(arguments[0]), 2))) {
                System.out.println(dtype + " " + allocated(host.graph(BertOnTheSimulatorTest.NAME)) + " bytes");
            }
        }
        System.exit(0);
    }

    private static long allocated(HostGraph graph) {
        long[] threads = Thread.getAllStackTraces().keySet().stream()
                .filter(t -> t == Thread.currentThread() || t.getName().startsWith("rdu-host-"))
                .mapToLong(Thread::threadId)
                .toArray();
        int clean = 0;
        long last = 0;
        for (int batch = 0; batch < MOST_BATCHES && clean < ENOUGH; batch++) {
            long before = allocated(threads);
            for (int i = 0; i < BATCH; i++) {
                graph.run();
            }
            last = allocated(threads) - before;
            clean = last == 0 ? clean + 1 : 0;
        }
        return last;
    }

    private static long allocated(long[] threads) {
        long sum = 0;
        for (long thread : threads) {
            sum += THREADS.getThreadAllocatedBytes(thread);
        }
        return sum;
    }
}
