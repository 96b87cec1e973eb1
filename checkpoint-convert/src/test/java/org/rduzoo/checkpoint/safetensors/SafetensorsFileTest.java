package org.rduzoo.checkpoint.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights.Weight;

class SafetensorsFileTest {

    private static final Path FILES = Path.of("src/test/resources/safetensors");

    /// The reference takes a duplicate key; we do not.
    private static final String DUPLICATE_KEY = "good/duplicate-key.safetensors";

    static List<Path> goodFiles() throws IOException {
        List<Path> files = new ArrayList<>(list("good"));
        files.remove(FILES.resolve(DUPLICATE_KEY));
        return files;
    }

    static List<Path> badFiles() throws IOException {
        List<Path> files = new ArrayList<>(list("bad"));
        files.add(FILES.resolve(DUPLICATE_KEY));
        return files;
    }

    private static List<Path> list(String folder) throws IOException {
        try (Stream<Path> files = Files.list(FILES.resolve(folder))) {
            return files.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("goodFiles")
    void whatTheReferenceReaderTakesIsRead(Path path) {
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            for (String name : file.names()) {
                Weight weight = file.find(name).orElseThrow();
                assertThat(weight.segment().byteSize()).isEqualTo(weight.type().bytes());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("badFiles")
    void whatTheReferenceReaderRefusesIsRefusedWithTheFilesNameAndARemedy(Path path) {
        assertThatThrownBy(() -> SafetensorsFile.open(path))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(path.getFileName().toString())
                .hasMessageContaining("download it or save it again");
    }

    @Test
    void everyTypeHasItsValues() {
        try (SafetensorsFile file = SafetensorsFile.open(FILES.resolve("good/every-dtype.safetensors"))) {
            assertThat(file.find("f32").orElseThrow().type()).isEqualTo(Type.of(DType.F32, 3, 2));
            assertThat(file.find("f8_e4m3").orElseThrow().type()).isEqualTo(Type.of(DType.F8_E4M3, 8));
            assertThat(file.find("f8_e5m2").orElseThrow().type()).isEqualTo(Type.of(DType.F8_E5M2, 8));
            assertThat(file.find("empty").orElseThrow().type()).isEqualTo(Type.of(DType.F32, 0, 4));
            MemorySegment i64 = file.find("i64").orElseThrow().segment();
            assertThat(i64.get(ValueLayout.JAVA_LONG_UNALIGNED, 0)).isEqualTo(-1);
            assertThat(i64.get(ValueLayout.JAVA_LONG_UNALIGNED, 8)).isEqualTo(1L << 62);
            assertThat(file.find("scalar").orElseThrow().segment().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0))
                    .isEqualTo(3.5f);
            assertThat(file.find("bool").orElseThrow().segment().toArray(ValueLayout.JAVA_BYTE))
                    .containsExactly(1, 0, 1);
        }
    }

    @Test
    void narrowFloatsWidenToTheReferencesValues() {
        try (SafetensorsFile file = SafetensorsFile.open(FILES.resolve("good/every-dtype.safetensors"));
                SafetensorsFile wide = SafetensorsFile.open(FILES.resolve("good/every-dtype.as-f32.safetensors"))) {
            MemorySegment expected = wide.find("bf16").orElseThrow().segment();
            MemorySegment bf16 = file.find("bf16").orElseThrow().segment();
            MemorySegment expectedHalf = wide.find("f16").orElseThrow().segment();
            MemorySegment f16 = file.find("f16").orElseThrow().segment();
            for (int i = 0; i < 12; i++) {
                assertThat(bf16.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i) << 16)
                        .isEqualTo(expected.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * i));
            }
            for (int i = 0; i < 5; i++) {
                assertThat(Float.float16ToFloat(f16.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i)))
                        .isEqualTo(expectedHalf.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i));
            }
        }
    }

    @Test
    void metadataAndEscapedNamesComeThrough() {
        try (SafetensorsFile file = SafetensorsFile.open(FILES.resolve("good/metadata.safetensors"))) {
            assertThat(file.metadata()).isEqualTo(Map.of("format", "pt", "note", "caf\u00e9 \ud83d\ude42"));
        }
        try (SafetensorsFile file = SafetensorsFile.open(FILES.resolve("good/names-with-escapes.safetensors"))) {
            assertThat(file.names()).containsExactly("a\"b\u00e9/\n");
        }
    }

    @Test
    void tensorsComeInTheOrderOfTheirData() {
        try (SafetensorsFile file =
                SafetensorsFile.open(FILES.resolve("good/order-of-names-not-of-data.safetensors"))) {
            assertThat(file.names()).containsExactly("a", "b");
            assertThat(file.find("b").orElseThrow().segment().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0))
                    .isEqualTo(2f);
        }
    }

    @Test
    void subByteTypesAreRefusedByName(@TempDir Path folder) throws IOException {
        Path file = write(folder, "{\"a\":{\"dtype\":\"F4\",\"shape\":[4],\"data_offsets\":[0,2]}}", 2);
        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("tensor \"a\" has element type F4")
                .hasMessageContaining("Supported: BOOL, U8");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"\\udc00\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}",
                "{\"\\ud800\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}",
                "{\"__metadata__\":{\"a\":\"\\ud800\"}}",
            })
    void halfACharacterIsRefused(String header, @TempDir Path folder) throws IOException {
        Path file = write(folder, header, 0);
        assertThatThrownBy(() -> SafetensorsFile.open(file)).hasMessageContaining("surrogate");
    }

    @Test
    void aFileOfMoreThanTwoGibibytesIsMapped(@TempDir Path folder) throws IOException {
        long elements = 3L << 28;
        String header = "{\"big\":{\"dtype\":\"F32\",\"shape\":[3,268435456],\"data_offsets\":[0," + 4 * elements
                + "]},\"tail\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[" + 4 * elements + ","
                + (4 * elements + 1) + "]}}";
        Path path = write(folder, header, 0);
        try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
            long dataStart = sparse.length();
            sparse.seek(dataStart + 4 * (elements - 1));
            sparse.writeInt(Integer.reverseBytes(Float.floatToIntBits(7.5f)));
            sparse.write(9);
        }
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            MemorySegment big = file.find("big").orElseThrow().segment();
            assertThat(big.byteSize()).isEqualTo(4 * elements);
            assertThat(big.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * (elements - 1)))
                    .isEqualTo(7.5f);
            assertThat(file.find("tail").orElseThrow().segment().get(ValueLayout.JAVA_BYTE, 0))
                    .isEqualTo((byte) 9);
        }
    }

    @Test
    void segmentsAreDeadAfterClosing() {
        SafetensorsFile file = SafetensorsFile.open(FILES.resolve("good/plain.safetensors"));
        MemorySegment segment = file.find("a").orElseThrow().segment();
        file.close();
        file.close();
        assertThat(segment.scope().isAlive()).isFalse();
    }

    @Test
    void aMissingFileIsNamed() {
        assertThatThrownBy(() -> SafetensorsFile.open(Path.of("nowhere.safetensors")))
                .isInstanceOf(UserError.class)
                .hasMessage("nowhere.safetensors does not exist.");
    }

    private static Path write(Path folder, String header, int dataBytes) throws IOException {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(8 + text.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(text.length).put(text);
        return Files.write(folder.resolve("made.safetensors"), out.array());
    }
}
