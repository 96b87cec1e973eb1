package org.rduzoo.checkpoint.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;

/// Damaged files are read correctly or refused with a clear message, and never use more memory than follows
/// from their size.
class GgufFuzzTest {

    private static final int MUTANTS = 10_000;

    /// Heap that a file may use: a JVM's objects for what a few bytes describe, and messages.
    private static final long BYTES_A_BYTE = 200;

    private static final long BYTES_A_FILE = 1 << 20;

    @TempDir
    Path folder;

    @Test
    void tenThousandDamagedFilesAreReadOrRefused() throws IOException {
        List<byte[]> originals = originals();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Path file = folder.resolve("mutant.gguf");
        for (byte[] original : originals) {
            // Classes are loaded and their constants made now, not on a mutant's account.
            Files.write(file, original);
            readAll(file);
        }
        Random random = new Random(2026);
        int read = 0;
        for (int i = 0; i < MUTANTS; i++) {
            byte[] mutant = mutate(originals.get(i % originals.size()), random);
            Files.write(file, mutant);
            long before = threads.getCurrentThreadAllocatedBytes();
            read += readAll(file) ? 1 : 0;
            long used = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(used)
                    .as("bytes allocated for mutant %d of %d bytes", i, mutant.length)
                    .isLessThan(BYTES_A_FILE + BYTES_A_BYTE * mutant.length);
        }
        assertThat(read).as("mutants that are still right").isBetween(MUTANTS / 100, MUTANTS * 9 / 10);
    }

    /// Whether all of a file could be read; if not, the reason was the user's to understand.
    private static boolean readAll(Path file) {
        boolean whole = true;
        try (GgufFile gguf = GgufFile.open(file)) {
            for (GgufTensor t : gguf.tensors()) {
                MemorySegment data = gguf.data(t);
                assertThat(data.byteSize()).isEqualTo(t.bytes());
            }
            for (GgufValue value : gguf.metadata().values().values()) {
                if (value instanceof GgufValue.Texts texts && texts.size() > 0) {
                    texts.get(texts.size() - 1);
                }
            }
        } catch (UserError e) {
            assertThat(e).hasMessageContaining(file.toString());
            whole = false;
        }
        try (GgufCheckpoint checkpoint = GgufCheckpoint.open(file);
                Weights weights = checkpoint.weights(DType.BF16)) {
            assertThat(checkpoint.config().size()).isPositive();
            checkpoint.files();
            for (String name : weights.names()) {
                Weights.Weight weight = weights.find(name).orElseThrow();
                assertThat(weight.segment().byteSize()).isEqualTo(weight.type().bytes());
            }
        } catch (UserError e) {
            assertThat(e).hasMessageContaining(file.toString());
            whole = false;
        }
        return whole;
    }

    /// The files of the goldens, a tiny Llama, and one with everything that a tokenizer is made of.
    private static List<byte[]> originals() throws IOException {
        List<byte[]> originals = new ArrayList<>();
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/gguf"))) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".gguf")).sorted().toList()) {
                originals.add(Files.readAllBytes(file));
            }
        }
        for (String model : List.of("llama", "llama3-scaled")) {
            originals.add(vocabulary(TinyLlama.write(model, GgufType.F16), model.equals("llama"))
                    .bytes());
            originals.add(vocabulary(small(), model.equals("llama")).bytes());
        }
        return originals;
    }

    private static GgufBuilder small() {
        return GgufBuilder.llama()
                .u32("llama.block_count", 1)
                .u32("llama.context_length", 64)
                .u32("llama.embedding_length", 32)
                .u32("llama.feed_forward_length", 64)
                .u32("llama.attention.head_count", 4)
                .tensor("token_embd.weight", new int[] {8, 32}, GgufType.Q8_0.id(), new byte[8 * 34])
                .tensor("blk.0.attn_q.weight", new int[] {32, 32}, GgufType.Q4_0.id(), new byte[32 * 18])
                .f32("output_norm.weight", new int[] {32}, new float[32]);
    }

    private static GgufBuilder vocabulary(GgufBuilder b, boolean sentencePiece) {
        b.text("tokenizer.ggml.model", sentencePiece ? "llama" : "gpt2")
                .text("tokenizer.ggml.pre", "smollm")
                .texts("tokenizer.ggml.tokens", List.of("<unk>", "<s>", "</s>", "a", "b", "ab", "▁", "▁ab"))
                .i32s("tokenizer.ggml.token_type", 2, 3, 3, 1, 1, 1, 1, 1)
                .bool("tokenizer.ggml.add_bos_token", true)
                .text("tokenizer.chat_template", "{{ messages }}");
        return sentencePiece
                ? b.f32s("tokenizer.ggml.scores", 0, 0, 0, -1, -2, -3, -4, -5)
                : b.texts("tokenizer.ggml.merges", List.of("a b", "▁ ab"));
    }

    private static byte[] mutate(byte[] original, Random random) {
        byte[] mutant = original.clone();
        // Most of a file is data, where any byte is right: aim at the head, which is within the first bytes.
        int head = Math.min(mutant.length, 1500);
        for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
            int at = random.nextInt(head);
            switch (random.nextInt(6)) {
                case 0 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> mutant[at] = (byte) random.nextInt(256);
                case 2 ->
                    Arrays.fill(mutant, at, Math.min(at + 8, mutant.length), (byte) (random.nextBoolean() ? 0xff : 0));
                case 3 -> {
                    int to = random.nextInt(head);
                    int length = Math.min(1 + random.nextInt(32), mutant.length - Math.max(at, to));
                    System.arraycopy(mutant, at, mutant, to, length);
                }
                case 4 -> mutant = Arrays.copyOf(mutant, 1 + random.nextInt(mutant.length));
                default -> {
                    byte[] longer = new byte[mutant.length + 1 + random.nextInt(16)];
                    System.arraycopy(mutant, 0, longer, 0, at);
                    System.arraycopy(mutant, at, longer, at + longer.length - mutant.length, mutant.length - at);
                    mutant = longer;
                }
            }
            head = Math.min(head, mutant.length);
        }
        return mutant;
    }
}
