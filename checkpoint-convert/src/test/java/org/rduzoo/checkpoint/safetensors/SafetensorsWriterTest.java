package org.rduzoo.checkpoint.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.Weights.Weight;

class SafetensorsWriterTest {

    private static final Path RESOURCES = Path.of("src/test/resources");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "safetensors/good/every-dtype.safetensors",
                "safetensors/good/every-dtype.as-f32.safetensors",
                "safetensors/sharded/model-00001-of-00003.safetensors",
                "bert/model.safetensors",
                "gguf/llama/llama/model.safetensors",
            })
    void aFileThatTheReferenceWroteIsWrittenAgainByteForByte(String name) throws IOException {
        Path original = RESOURCES.resolve(name);
        Path copy = folder.resolve("copy.safetensors");
        try (SafetensorsFile file = SafetensorsFile.open(original)) {
            SafetensorsWriter.write(copy, all(file), file.metadata(), false);
        }
        assertThat(Files.mismatch(copy, original)).isEqualTo(-1);
    }

    @Test
    void metadataAndNamesWithEscapesComeBack() throws IOException {
        Path first = folder.resolve("first.safetensors");
        Path second = folder.resolve("second.safetensors");
        List<Weight> weights = List.of(
                weight("quote\" slash\\ bell\u0007 \u00e9", Type.of(DType.U8, 2), 1, 2),
                weight("\ud83d\ude42", Type.of(DType.U8, 1), 3),
                weight("\uffee", Type.of(DType.U8, 0)));
        Map<String, String> metadata = Map.of("format", "pt", "note", "line\nbreak", "z", "", "a", "\u00df");
        SafetensorsWriter.write(first, weights, metadata, false);
        try (SafetensorsFile file = SafetensorsFile.open(first)) {
            assertThat(file.metadata()).isEqualTo(metadata);
            // As UTF-8, a character of the first plane comes before one beyond it.
            assertThat(file.names()).containsExactly("quote\" slash\\ bell\u0007 \u00e9", "\uffee", "\ud83d\ude42");
            SafetensorsWriter.write(second, all(file), file.metadata(), false);
        }
        assertThat(Files.mismatch(first, second)).isEqualTo(-1);
    }

    @Test
    void theDataBeginsAtAMultipleOfEight() throws IOException {
        for (String name : List.of("a", "ab", "abc", "abcd", "abcde")) {
            Path file = folder.resolve(name + ".safetensors");
            SafetensorsWriter.write(file, List.of(weight(name, Type.of(DType.U8, 1), 5)), Map.of(), false);
            assertThat((Files.size(file) - 1) % 8).isZero();
        }
    }

    @Test
    void whatExistsIsNotReplacedUnasked() throws IOException {
        Path file = Files.writeString(folder.resolve("mine.safetensors"), "keep");
        List<Weight> weights = List.of(weight("a", Type.of(DType.U8, 1), 5));
        assertThatThrownBy(() -> SafetensorsWriter.write(file, weights, Map.of(), false))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("mine.safetensors exists already")
                .hasMessageContaining("--force");
        assertThat(file).hasContent("keep");
        SafetensorsWriter.write(file, weights, Map.of(), true);
        SafetensorsFile.open(file).close();
    }

    @Test
    void nothingIsLeftWhereWritingFails() throws IOException {
        Weight broken = new Weight("a", Type.of(DType.U8, 1), "test", () -> {
            throw new UserError("the source is gone");
        });
        Path file = folder.resolve("never.safetensors");
        assertThatThrownBy(() -> SafetensorsWriter.write(file, List.of(broken), Map.of(), false))
                .hasMessage("the source is gone");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void shardsAreFilledInOrderAndReadBack() throws IOException {
        List<Weight> weights = List.of(
                weight("c", Type.of(DType.U8, 3), 1, 2, 3),
                weight("a", Type.of(DType.U8, 2), 4, 5),
                weight("b", Type.of(DType.U8, 9), 1, 2, 3, 4, 5, 6, 7, 8, 9),
                weight("d", Type.of(DType.U8, 1), 6));
        SafetensorsWriter.writeSharded(folder, weights, SafetensorsWriter.PYTORCH, 5, false);
        assertThat(folder.resolve("model-00001-of-00003.safetensors")).exists();
        assertThat(Files.readString(folder.resolve(ShardedSafetensors.INDEX))).isEqualTo("""
                        {
                          "metadata": {
                            "total_size": 15
                          },
                          "weight_map": {
                            "a": "model-00001-of-00003.safetensors",
                            "b": "model-00002-of-00003.safetensors",
                            "c": "model-00001-of-00003.safetensors",
                            "d": "model-00003-of-00003.safetensors"
                          }
                        }
                        """);
        try (Weights shards = ShardedSafetensors.open(folder.resolve(ShardedSafetensors.INDEX))) {
            assertThat(shards.names()).containsExactlyInAnyOrder("a", "b", "c", "d");
            assertThat(shards.find("a").orElseThrow().segment().toArray(ValueLayout.JAVA_BYTE))
                    .containsExactly(4, 5);
        }
    }

    @Test
    void fewWeightsMakeOneFileWithoutIndex() {
        SafetensorsWriter.writeSharded(folder, List.of(weight("a", Type.of(DType.U8, 1), 5)), Map.of(), 5, false);
        assertThat(folder.resolve(ShardedSafetensors.SINGLE)).exists();
        assertThat(folder.resolve(ShardedSafetensors.INDEX)).doesNotExist();
    }

    @Test
    void aTensorOfMoreThanTwoGibibytesIsWritten() throws IOException {
        int elements = (1 << 30) + 5;
        Path sparse = folder.resolve("sparse.safetensors");
        String header = "{\"big\":{\"dtype\":\"F16\",\"shape\":[" + elements + "],\"data_offsets\":[0," + 2L * elements
                + "]}}     ";
        try (RandomAccessFile file = new RandomAccessFile(sparse.toFile(), "rw")) {
            file.writeLong(Long.reverseBytes(header.length()));
            file.write(header.getBytes(StandardCharsets.UTF_8));
            file.setLength(8L + header.length() + 2L * elements);
            file.seek(file.length() - 2);
            file.write(new byte[] {0x12, 0x34});
        }
        try (SafetensorsFile big = SafetensorsFile.open(sparse)) {
            Weight weight = big.find("big").orElseThrow();
            Path copy = folder.resolve("copy.safetensors");
            SafetensorsWriter.write(copy, List.of(weight), Map.of(), false);
            try (SafetensorsFile written = SafetensorsFile.open(copy)) {
                MemorySegment data = written.find("big").orElseThrow().segment();
                assertThat(data.mismatch(weight.segment())).isEqualTo(-1);
            }
        }
    }

    private static List<Weight> all(Weights weights) {
        return weights.names().stream().map(n -> weights.find(n).orElseThrow()).toList();
    }

    private static Weight weight(String name, Type type, int... bytes) {
        byte[] data = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            data[i] = (byte) bytes[i];
        }
        MemorySegment segment = MemorySegment.ofArray(Arrays.copyOf(data, data.length));
        return new Weight(name, type, "test", () -> segment);
    }
}
