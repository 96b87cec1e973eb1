package org.rduzoo.checkpoint.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights.Weight;

class EncodingTest {

    private static final Path FILES = Path.of("src/test/resources/gguf");

    @TempDir
    Path folder;

    /// The values that a reference reader finds in a file, encoded again, are the bytes of that file.
    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16", "Q8_0"})
    void valuesOfAFileBecomeItsBytesAgain(GgufType type) throws IOException {
        String name = type.name().toLowerCase(Locale.ROOT);
        try (GgufFile file = GgufFile.open(FILES.resolve(name + ".gguf"));
                SafetensorsFile expected = SafetensorsFile.open(FILES.resolve("expected.safetensors"))) {
            byte[] bytes = file.data(file.tensors().getFirst()).toArray(ValueLayout.JAVA_BYTE);
            assertThat(encoded(expected.find(name).orElseThrow(), type)).isEqualTo(bytes);
        }
    }

    @Test
    void aBlockHasItsLargestAtTheEndOfTheScaleAndTiesAwayFromZero() throws IOException {
        float[] values = new float[64];
        values[0] = -127;
        values[1] = 0.5f;
        values[2] = -0.5f;
        values[3] = 1.5f;
        values[4] = 0.49999997f;
        values[5] = 126.5f;
        byte[] bytes = encoded(weight(values), GgufType.Q8_0);
        assertThat(bytes).hasSize(68);

        assertThat(bytes).startsWith(0, 0x3c, -127, 1, -1, 2, 0, 127, 0);
        assertThat(Arrays.copyOfRange(bytes, 34, 68)).containsOnly(0);
    }

    @Test
    void largeTensorsAreTheSameAsTheirRowsOneByOne() throws IOException {
        Random random = new Random(3);
        float[] values = new float[1500 * 64];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        Weight weight = new Weight("x", Type.of(DType.F32, 1500, 64), "test", () -> MemorySegment.ofArray(values));
        byte[] whole = encoded(weight, GgufType.Q8_0);
        for (int row : new int[] {0, 63, 64, 1499}) {
            float[] one = Arrays.copyOfRange(values, row * 64, row * 64 + 64);
            assertThat(Arrays.copyOfRange(whole, row * 68, row * 68 + 68))
                    .isEqualTo(encoded(weight(one), GgufType.Q8_0));
        }
    }

    @Test
    void whatBlocksCannotHoldIsRefused() {
        float[] values = new float[32];
        values[7] = Float.NaN;
        assertThatThrownBy(() -> encoded(weight(values), GgufType.Q8_0))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("tensor \"x\" has an element that is infinite or not a number");
    }

    private static Weight weight(float[] values) {
        return new Weight("x", Type.of(DType.F32, 1, values.length), "test", () -> MemorySegment.ofArray(values));
    }

    private byte[] encoded(Weight weight, GgufType type) throws IOException {
        Path file = folder.resolve("bytes");
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            Encoding.write(weight, type, row -> row, channel);
        }
        return Files.readAllBytes(file);
    }
}
