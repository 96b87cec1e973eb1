package org.rduzoo.checkpoint.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Shape;
import org.rduzoo.samba.UserError;

class GgufFileTest {

    private static final Path FILES = Path.of("src/test/resources/gguf");

    @TempDir
    Path folder;

    static Stream<GgufType> typesWithAGolden() {
        return Arrays.stream(GgufType.values())
                .filter(t -> FILES.resolve(file(t)).toFile().exists());
    }

    private static String file(GgufType type) {
        return type.name().toLowerCase(Locale.ROOT) + ".gguf";
    }

    @ParameterizedTest
    @EnumSource(
            names = {"F64", "I8", "I16", "I32", "I64"},
            mode = EnumSource.Mode.EXCLUDE)
    void everyFloatTypeHasAGolden(GgufType type) {
        assertThat(typesWithAGolden()).contains(type);
    }

    @ParameterizedTest
    @MethodSource("typesWithAGolden")
    void quantisedValuesAreTheGoldensBitForBit(GgufType type) {
        float[] expected = golden(type);
        try (GgufFile file = GgufFile.open(FILES.resolve(file(type)));
                Arena arena = Arena.ofShared()) {
            GgufTensor x = file.tensors().getFirst();
            assertThat(x.shape()).isEqualTo(Shape.of(3, 512));
            assertThat(x.type()).isEqualTo(type);
            if (type.isQuantized()) {
                MemorySegment out = arena.allocate(expected.length * 4L);
                Expansion.expand(type, file.data(x), DType.F32, out);
                assertThat(bits(out, DType.F32)).isEqualTo(bits(expected));
            } else {
                assertThat(bits(file.data(x), type.plain().orElseThrow())).isEqualTo(bits(expected));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("typesWithAGolden")
    void roundedToBfloat16TheyAreTheNearestOfThoseTiesToEven(GgufType type) {
        float[] expected = golden(type);
        try (GgufFile file = GgufFile.open(FILES.resolve(file(type)));
                Arena arena = Arena.ofShared()) {
            if (!type.isQuantized()) {
                return;
            }
            MemorySegment out = arena.allocate(expected.length * 2L);
            Expansion.expand(type, file.data(file.tensors().getFirst()), DType.BF16, out);
            for (int i = 0; i < expected.length; i++) {
                float found = Float.intBitsToFloat(out.getAtIndex(GgufCursor.I16, i) << 16);
                float up = Float.intBitsToFloat(Float.floatToRawIntBits(found) + 0x10000);
                float down = Float.intBitsToFloat(Float.floatToRawIntBits(found) - 0x10000);
                double off = Math.abs((double) expected[i] - found);
                assertThat(off).isLessThanOrEqualTo(Math.abs((double) expected[i] - up));
                if (found != 0) {
                    assertThat(off).isLessThanOrEqualTo(Math.abs((double) expected[i] - down));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("typesWithAGolden")
    void rowsInAnotherOrderAndOnManyCoresAreTheSameRows(GgufType type) {
        if (!type.isQuantized()) {
            return;
        }
        int copies = 512;
        try (GgufFile file = GgufFile.open(FILES.resolve(file(type)));
                Arena arena = Arena.ofShared()) {
            MemorySegment three = file.data(file.tensors().getFirst());
            MemorySegment many = arena.allocate(three.byteSize() * copies);
            for (int i = 0; i < copies; i++) {
                MemorySegment.copy(three, 0, many, i * three.byteSize(), three.byteSize());
            }
            MemorySegment straight = arena.allocate(3L * 512 * copies * 4);
            Expansion.expand(type, many, DType.F32, straight);
            MemorySegment backwards = arena.allocate(straight.byteSize());
            Expansion.expandRows(type, many, 512, row -> 3L * copies - 1 - row, DType.F32, backwards);
            float[] expected = golden(type);
            for (int row = 0; row < 3 * copies; row++) {
                for (int i = 0; i < 512; i += 37) {
                    int bits = Float.floatToRawIntBits(expected[row % 3 * 512 + i]);
                    assertThat(straight.getAtIndex(GgufCursor.I32, row * 512L + i))
                            .isEqualTo(bits);
                    assertThat(backwards.getAtIndex(GgufCursor.I32, (3L * copies - 1 - row) * 512 + i))
                            .isEqualTo(bits);
                }
            }
        }
    }

    @Test
    void roundingKeepsNotANumberAndInfinity() {
        byte[] block = new byte[34];
        Arrays.fill(block, 2, 34, (byte) 1);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment out = arena.allocate(64);
            for (short d : new short[] {0x7c00, 0x7c01, (short) 0xfc00, 0x7e00}) {
                block[0] = (byte) d;
                block[1] = (byte) (d >> 8);
                Expansion.expand(GgufType.Q8_0, MemorySegment.ofArray(block), DType.BF16, out);
                Float expected = Float.float16ToFloat(d);
                assertThat(Float.valueOf(Float.intBitsToFloat(out.get(GgufCursor.I16, 0) << 16)))
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void metadataOfEveryTypeIsRead() {
        try (GgufFile file = GgufFile.open(FILES.resolve("metadata-of-every-type.gguf"))) {
            GgufMetadata m = file.metadata();
            assertThat(m.values().toString())
                    .isEqualTo("{general.architecture=llama, u8=255, i8=-128, u16=65535, i16=-32768, u32=4294967295,"
                            + " i32=-2147483648, u64=18446744073709551615, i64=-9223372036854775808, f32=0.1, f64=0.1,"
                            + " bool=true, string=café 🙂, strings=3 x TEXT, ints=3 x I32}");
            assertThat(m.find("f32")).contains(new GgufValue.Real(GgufValue.Kind.F32, 0.1f));
            GgufValue.Texts strings = m.texts("strings").orElseThrow();
            assertThat(List.of(strings.get(0), strings.get(1), strings.get(2))).containsExactly("a", "", "ß");
            GgufValue.Numbers ints = m.numbers("ints").orElseThrow();
            assertThat(List.of(ints.longAt(0), ints.longAt(1), ints.longAt(2))).containsExactly(1L, -2L, 3L);
            assertThat(file.tensors())
                    .singleElement()
                    .extracting(GgufTensor::shape)
                    .isEqualTo(Shape.of(1, 1));
        }
    }

    @Test
    void arraysWithinArraysAreRead() {
        byte[] inner = GgufBuilder.array(GgufValue.Kind.U8, 3, new byte[] {1, 2, 3});
        byte[] empty = GgufBuilder.array(GgufValue.Kind.TEXT, 0, new byte[0]);
        byte[] both = Arrays.copyOf(inner, inner.length + empty.length);
        System.arraycopy(empty, 0, both, inner.length, empty.length);
        Path file = GgufBuilder.llama()
                .version(2)
                .array("nested", GgufValue.Kind.ARRAY, 2, both)
                .write(folder.resolve("nested.gguf"));
        try (GgufFile gguf = GgufFile.open(file)) {
            GgufValue.Arrays nested =
                    (GgufValue.Arrays) gguf.metadata().find("nested").orElseThrow();
            assertThat(nested.elements()).hasSize(2);
            assertThat(((GgufValue.Numbers) nested.elements().getFirst()).doubleAt(2))
                    .isEqualTo(3);
            assertThat(nested.elements().getLast().size()).isZero();
        }
    }

    @Test
    void aTypeThatCannotBeReadIsNamedWithItsTensor() {
        refused(
                b -> b.tensor("blk.0.ffn_up.weight", new int[] {1, 256}, 16, new byte[66]),
                "blk.0.ffn_up.weight",
                "IQ2_XXS");
        refused(b -> b.tensor("w", new int[] {1}, 77, new byte[66]), "\"w\"", "number 77");
    }

    @Test
    void whatLiesAboutItsSizeIsRefusedBeforeAnythingIsAllocated() {
        refused(b -> b.array("a", GgufValue.Kind.F64, Long.MAX_VALUE, new byte[8]), "the length of metadata a");
        refused(b -> b.array("a", GgufValue.Kind.TEXT, 1L << 40, new byte[8]), "the length of metadata a");
        refused(b -> b.array("a", GgufValue.Kind.ARRAY, -1, new byte[8]), "18446744073709551615");
        refused(b -> b.pair("a", GgufValue.Kind.TEXT, GgufBuilder.i64(1L << 50)), "the length of metadata a");
        refused(b -> b.pair("a", GgufValue.Kind.BOOL, new byte[] {2}), "0 or 1");
        refused(b -> b.text("a", "1").text("a", "2"), "a twice");
        refused(b -> b.u32("general.alignment", 48), "a power of two");
        refused(b -> b.tensor("w", new int[] {1 << 30, 1 << 30, 1 << 30}, 0, new byte[8]), "tensor \"w\"", "2^63");
        refused(b -> b.tensor("w", new int[] {1 << 30}, 0, new byte[8]), "tensor \"w\"", "elements of F32");
        refused(b -> b.tensor("w", new int[] {31}, 2, new byte[18]), "whole Q4_0 blocks");
        refused(b -> b.tensor("w", new int[5], 0, new byte[4]), "at most 4");
        refused(b -> b.tensor("w", new int[] {2}, 0, 64, new byte[8]), "tensor \"w\"", "the end of the file");
        refused(b -> b.tensor("w", new int[] {2}, 0, -32, new byte[8]), "tensor \"w\"");
        refused(b -> b.tensor("w", new int[] {2}, 0, 4, new byte[64]), "a multiple of 32");
        refused(b -> b.f32("w", new int[] {1}, new float[1]).f32("w", new int[] {1}, new float[1]), "\"w\" twice");
        refused(
                b -> b.f32("v", new int[] {9}, new float[9]).tensor("w", new int[] {2}, 0, 32, new byte[8]),
                "\"w\" begins",
                "\"v\" lies there");
    }

    @Test
    void otherVersionsAndOtherFilesAreRefused() {
        refused(b -> b.version(1), "version 1");
        refused(b -> b.version(4), "version 4");
        refused(b -> b.version(3 << 24), "version 3 in big-endian");
        assertThatThrownBy(() -> GgufFile.open(FILES.resolve("expected.safetensors")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("not a GGUF file");
        assertThatThrownBy(() -> GgufFile.open(folder.resolve("none.gguf"))).isInstanceOf(UserError.class);
    }

    @Test
    void textThatIsNotUtf8IsRefused() {
        byte[] text = GgufBuilder.text("ab");
        text[9] = (byte) 0xff;
        refused(b -> b.pair("a", GgufValue.Kind.TEXT, text), "UTF-8");
        Path file = GgufBuilder.llama().array("a", GgufValue.Kind.TEXT, 1, text).write(folder.resolve("t.gguf"));
        try (GgufFile gguf = GgufFile.open(file)) {
            GgufValue.Texts texts = gguf.metadata().texts("a").orElseThrow();
            assertThatThrownBy(() -> texts.get(0)).isInstanceOf(UserError.class).hasMessageContaining("element 0");
        }
    }

    private void refused(UnaryOperator<GgufBuilder> wrong, String... said) {
        Path file = wrong.apply(GgufBuilder.llama()).write(folder.resolve("wrong.gguf"));
        assertThatThrownBy(() -> GgufFile.open(file).close())
                .isInstanceOf(UserError.class)
                .hasMessageContaining(file.toString())
                .hasMessageContainingAll(said);
    }

    private static float[] golden(GgufType type) {
        try (SafetensorsFile expected = SafetensorsFile.open(FILES.resolve("expected.safetensors"))) {
            MemorySegment values = expected.find(type.name().toLowerCase(Locale.ROOT))
                    .orElseThrow()
                    .segment();
            return values.toArray(GgufCursor.F32);
        }
    }

    /// The bits of the values as floats.
    private static int[] bits(MemorySegment values, DType type) {
        int count = (int) (values.byteSize() / type.bytes());
        int[] bits = new int[count];
        for (int i = 0; i < count; i++) {
            bits[i] = switch (type) {
                case F32 -> values.getAtIndex(GgufCursor.I32, i);
                case F16 -> Float.floatToRawIntBits(Float.float16ToFloat(values.getAtIndex(GgufCursor.I16, i)));
                case BF16 -> values.getAtIndex(GgufCursor.I16, i) << 16;
                case BOOL, U8, I8, F8_E4M3, F8_E5M2, I16, U16, I32, U32, I64, U64, F64 ->
                    throw new IllegalArgumentException(type.text());
            };
        }
        return bits;
    }

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }
}
