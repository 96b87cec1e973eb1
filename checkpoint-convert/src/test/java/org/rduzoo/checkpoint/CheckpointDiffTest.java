package org.rduzoo.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rduzoo.checkpoint.CheckpointDiff.ConfigChange;
import org.rduzoo.checkpoint.CheckpointDiff.TypeChange;
import org.rduzoo.checkpoint.CheckpointDiff.ValueChange;
import org.rduzoo.checkpoint.CheckpointInfo.TypeTotal;
import org.rduzoo.checkpoint.safetensors.SafetensorsWriter;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.Weights.Weight;

class CheckpointDiffTest {

    private static final Path RESOURCES = Path.of("src/test/resources");

    @TempDir
    Path folder;

    @Test
    void namesTypesAndNumbersAreCompared() {
        Path left = write("left", floats("same", 1, 2), floats("moved", 1, 2, 3), floats("mine", 1), floats("nan", 0));
        Path right = write(
                "right",
                floats("same", 1, 2),
                floats("moved", 1, 2.5f, -4),
                floats("yours", 1),
                floats("nan", Float.NaN));
        CheckpointDiff diff = CheckpointDiff.of(left, right);
        assertThat(diff.onlyLeft()).containsExactly("mine");
        assertThat(diff.onlyRight()).containsExactly("yours");
        assertThat(diff.types()).isEmpty();
        assertThat(diff.equal()).isEqualTo(1);
        assertThat(diff.values())
                .containsExactly(
                        new ValueChange("nan", 1, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY),
                        new ValueChange("moved", 2, 7, 1.75));
        assertThat(CheckpointDiff.of(left, left).isEmpty()).isTrue();
    }

    @Test
    void numbersOfDifferentTypesAreComparedAsNumbers() {
        Path left = write("left", floats("x", 1, -2.5f, 0.1f), floats("shape", 1, 2));
        Path right = write(
                "right",
                weight("x", Type.of(DType.BF16, 3), (short) 0x3f80, (short) 0xc020, (short) 0x3dcd),
                floats("shape", 1));
        CheckpointDiff diff = CheckpointDiff.of(left, right);
        assertThat(diff.types())
                .containsExactlyInAnyOrder(
                        new TypeChange("x", Type.of(DType.F32, 3), Type.of(DType.BF16, 3)),
                        new TypeChange("shape", Type.of(DType.F32, 2), Type.of(DType.F32, 1)));
        assertThat(diff.values()).hasSize(1);
        assertThat(diff.values().getFirst().elements()).isEqualTo(1);
        assertThat(diff.values().getFirst().maxAbs()).isCloseTo(9.766e-5, within(1e-7));
    }

    @Test
    void everyNarrowFloatIsTheReferencesNumber() {
        Path good = RESOURCES.resolve("safetensors/good");
        CheckpointDiff diff = CheckpointDiff.of(
                good.resolve("every-dtype.safetensors"), good.resolve("every-dtype.as-f32.safetensors"));
        assertThat(diff.onlyRight()).isEmpty();
        assertThat(diff.values()).isEmpty();
        assertThat(diff.types()).extracting(TypeChange::name).contains("f8_e4m3", "f8_e5m2", "bf16", "specials_f16");
    }

    @Test
    void configsAreComparedInOneSpelling() {
        Path llama = RESOURCES.resolve("gguf/llama/llama");
        Path scaled = RESOURCES.resolve("gguf/llama/llama3-scaled");
        assertThat(CheckpointDiff.of(llama, scaled).config())
                .extracting(ConfigChange::key)
                .contains("rope_parameters", "tie_word_embeddings")
                .doesNotContain("dtype", "torch_dtype", "rope_theta", "hidden_size");
    }

    @Test
    void infoAddsUpWhatIsInACheckpoint() {
        CheckpointInfo info = CheckpointInfo.of(write("info", floats("a", 1, 2, 3), floats("b", 1), ids("c", 2)));
        assertThat(info.format()).isEqualTo("safetensors");
        assertThat(info.elements()).isEqualTo(6);
        assertThat(info.bytes()).isEqualTo(32);
        assertThat(info.types())
                .containsExactlyInAnyOrder(new TypeTotal(DType.F32, 2, 4, 16), new TypeTotal(DType.I64, 1, 2, 16));
        assertThat(info.metadata()).isEqualTo(Map.of("format", "pt"));
        assertThat(info.tensors())
                .contains(new CheckpointInfo.Tensor(
                        "a",
                        DType.F32,
                        List.of(3),
                        12,
                        folder.resolve("info.safetensors").toString()));
    }

    @Test
    void infoTakesAFolderWithWeightsAlone() {
        CheckpointInfo info = CheckpointInfo.of(RESOURCES.resolve("safetensors/sharded"));
        assertThat(info.tensors()).hasSize(5);
        assertThat(info.config().isEmpty()).isTrue();
    }

    private Path write(String name, Weight... weights) {
        Path file = folder.resolve(name + ".safetensors");
        SafetensorsWriter.write(file, List.of(weights), SafetensorsWriter.PYTORCH, false);
        return file;
    }

    private static Weight floats(String name, float... values) {
        return new Weight(name, Type.of(DType.F32, values.length), "test", () -> MemorySegment.ofArray(values));
    }

    private static Weight ids(String name, int n) {
        return new Weight(name, Type.of(DType.I64, n), "test", () -> MemorySegment.ofArray(new long[n]));
    }

    private static Weight weight(String name, Type type, short... values) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (short v : values) {
            bytes.putShort(v);
        }
        return new Weight(name, type, "test", () -> MemorySegment.ofArray(bytes.array()));
    }
}
