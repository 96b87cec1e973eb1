package org.rduzoo.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.rduzoo.samba.UserError;

/// Runs a reader over many damaged files: each is read or refused with a message that names it, within an amount of
/// memory that follows from its size.
public final class Fuzz {

    public static final int MUTANTS = 10_000;

    /// Heap for any file: messages, maps, and what a reader makes once.
    private static final long BYTES_A_FILE = 1 << 20;

    /// Heap for a byte of the file: the objects that stand for what a few bytes describe.
    private static final long BYTES_A_BYTE = 200;

    private Fuzz() {}

    /// @param file where the mutants are written, one after the other; its name may matter to the reader
    /// @param read reads all of it, and throws nothing but [UserError]
    /// @return how many were read without an error
    public static int run(long seed, List<byte[]> originals, Path file, Consumer<Path> read) throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (byte[] original : originals) {
            // Classes are loaded now, and not on a mutant's account; and an original is fine.
            Files.write(file, original);
            read.accept(file);
        }
        Mutator mutator = new Mutator(seed, originals);
        int fine = 0;
        for (int i = 0; i < MUTANTS; i++) {
            byte[] mutant = mutator.next();
            Files.write(file, mutant);
            long before = threads.getCurrentThreadAllocatedBytes();
            try {
                read.accept(file);
                fine++;
            } catch (UserError e) {
                assertThat(e.getMessage())
                        .contains(file.getFileName().toString())
                        .hasSizeLessThan(4000);
            } catch (RuntimeException | Error e) {
                throw new AssertionError("mutant " + i + " of seed " + seed + " brought " + e, e);
            }
            assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                    .as("bytes allocated for mutant %d of %d bytes", i, mutant.length)
                    .isLessThan(BYTES_A_FILE + BYTES_A_BYTE * mutant.length);
        }
        return fine;
    }
}
