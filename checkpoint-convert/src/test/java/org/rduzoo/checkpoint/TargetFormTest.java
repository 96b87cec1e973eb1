package org.rduzoo.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rduzoo.checkpoint.TargetForm.Head;
import org.rduzoo.checkpoint.TargetForm.Numbers;
import org.rduzoo.checkpoint.tensor.Elements;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights.Weight;

class TargetFormTest {

    private static final Path TIED = Path.of("src/test/resources/gguf/llama/llama3-scaled");
    private static final Path UNTIED = Path.of("src/test/resources/gguf/llama/llama");

    @TempDir
    Path folder;

    @Test
    void aTiedHeadIsWrittenAndLeftOutAgain() {
        Path untied = converted(TIED, "untied", TargetForm.UNCHANGED.withHead(Head.UNTIED));
        try (Checkpoint checkpoint = Checkpoint.open(untied)) {
            Weight head = checkpoint.weights().find("lm_head.weight").orElseThrow();
            Weight embedding =
                    checkpoint.weights().find("model.embed_tokens.weight").orElseThrow();
            assertThat(head.segment().mismatch(embedding.segment())).isEqualTo(-1);
            assertThat(checkpoint.config().get("tie_word_embeddings").asBoolean())
                    .isFalse();
        }
        Path tied = converted(untied, "tied", TargetForm.UNCHANGED.withHead(Head.TIED));
        assertThat(CheckpointDiff.of(tied, TIED).isEmpty()).isTrue();
    }

    @Test
    void aHeadThatDiffersIsNotLeftOut() {
        assertThatThrownBy(() -> converted(UNTIED, "tied", TargetForm.UNCHANGED.withHead(Head.TIED)))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("tensor \"lm_head.weight\"")
                .hasMessageContaining("would change the model");
    }

    @Test
    void shardsAreConsolidatedBitForBit() throws IOException {
        Path shards = converted(UNTIED, "shards", TargetForm.UNCHANGED.withMaxShardBytes(10_000));
        assertThat(shards.resolve("model.safetensors.index.json")).exists();
        Path whole = converted(shards, "whole", TargetForm.UNCHANGED);
        assertThat(whole.resolve("model.safetensors")).exists();
        Path direct = converted(UNTIED, "direct", TargetForm.UNCHANGED);
        assertThat(Files.mismatch(whole.resolve("model.safetensors"), direct.resolve("model.safetensors")))
                .isEqualTo(-1);
    }

    @Test
    void numbersAreRoundedOnceAndTheConfigSaysSo() {
        Path bf16 = converted(TIED, "bf16", TargetForm.UNCHANGED.withNumbers(Numbers.BF16));
        try (Checkpoint before = Checkpoint.open(TIED);
                Checkpoint after = Checkpoint.open(bf16)) {
            assertThat(after.config().get("torch_dtype").asString()).isEqualTo("bfloat16");
            for (String name : before.weights().names()) {
                Weight a = before.weights().find(name).orElseThrow();
                Weight b = after.weights().find(name).orElseThrow();
                assertThat(b.type()).isEqualTo(a.type().withDType(DType.BF16));
                int n = (int) a.type().elements();
                double[] exact = new double[n];
                double[] rounded = new double[n];
                Elements.read(a.segment(), DType.F32, 0, n, exact);
                Elements.read(b.segment(), DType.BF16, 0, n, rounded);
                for (int i = 0; i < n; i++) {
                    assertThat(rounded[i]).isEqualTo(DType.BF16.round(exact[i]));
                }
            }
        }
        Path wide = converted(bf16, "wide", TargetForm.UNCHANGED.withNumbers(Numbers.FP32));
        Path again = converted(wide, "again", TargetForm.UNCHANGED.withNumbers(Numbers.BF16));
        assertThat(CheckpointDiff.of(again, bf16).isEmpty()).isTrue();
    }

    @Test
    void doublesAreRoundedOnceToNarrowTypes() {
        // Just over and under ties of the narrow type, where a step through a float would lose which.
        double[] values = {
            1 + 0x1p-8 + 0x1p-40,
            1 + 0x1p-8 - 0x1p-40,
            1 + 0x1p-8,
            1 + 0x1p-11 + 0x1p-40,
            -1 - 0x1p-11 + 0x1p-40,
            65519.99999999,
            65520,
            1e300,
            -1e-300,
            0x1p-25 + 0x1p-60,
            0x1p-25,
            Double.NEGATIVE_INFINITY,
            Double.NaN,
            -0.0,
        };
        for (DType dtype : List.of(DType.BF16, DType.F16, DType.F32, DType.F64)) {
            MemorySegment to = MemorySegment.ofArray(new byte[values.length * dtype.bytes()]);
            Elements.write(values, values.length, dtype, to, 0);
            double[] found = new double[values.length];
            Elements.read(to, dtype, 0, values.length, found);
            for (int i = 0; i < values.length; i++) {
                assertThat(found[i]).as(dtype + " of " + values[i]).isEqualTo(Double.valueOf(dtype.round(values[i])));
            }
        }
    }

    @Test
    void quantizedNumbersNeedAGgufFile() {
        assertThatThrownBy(() -> converted(TIED, "q8", TargetForm.UNCHANGED.withNumbers(Numbers.Q8_0)))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("q8_0 is a type of GGUF");
    }

    private Path converted(Path source, String name, TargetForm form) {
        Path target = folder.resolve(name);
        Conversion.run(Conversion.Request.of(source, target).withForm(form));
        return target;
    }
}
