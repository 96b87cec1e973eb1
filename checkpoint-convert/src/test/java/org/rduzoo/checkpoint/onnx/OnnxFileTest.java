package org.rduzoo.checkpoint.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.rduzoo.checkpoint.onnx.OnnxBuilder.attribute;
import static org.rduzoo.checkpoint.onnx.OnnxBuilder.floats;
import static org.rduzoo.checkpoint.onnx.OnnxBuilder.tensor;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.checkpoint.onnx.OnnxModel.Attribute;
import org.rduzoo.checkpoint.onnx.OnnxModel.Node;
import org.rduzoo.checkpoint.onnx.OnnxModel.Port;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights.Weight;

class OnnxFileTest {

    @TempDir
    Path folder;

    @Test
    void nodesHaveTheirNamesInputsAndAttributes() throws IOException {
        OnnxBuilder b = new OnnxBuilder()
                .input("image", "N", 224)
                .initializer(tensor("encoder1.0.weight", OnnxBuilder.FLOAT, 2, 1, 1, 1)
                        .bytes(9, floats(1, 2)))
                .node(
                        "/encoder1/encoder1.0/Conv",
                        "Conv",
                        List.of("image", "encoder1.0.weight", ""),
                        "y",
                        attribute("group", 2).varint(3, 1),
                        attribute("pads", 7).packed(8, 1, 1, 1, 1),
                        attribute("strides", 7).varint(8, 2).varint(8, 3),
                        attribute("alpha", 1).fixed32(2, 0.25f),
                        attribute("mode", 3).text(4, "linear"),
                        attribute("odd", 11));
        try (OnnxFile file = open(b)) {
            OnnxModel model = file.model();
            assertThat(model.irVersion()).isEqualTo(8);
            assertThat(model.producer()).isEqualTo("a test 1.0");
            assertThat(model.opsets()).isEqualTo(Map.of("", 17L));
            assertThat(model.graph().inputs()).containsExactly(new Port("image", DType.I64, List.of("N", "224")));
            Node conv = model.graph().nodes().getFirst();
            assertThat(conv.opType()).isEqualTo("Conv");
            assertThat(conv.name()).isEqualTo("/encoder1/encoder1.0/Conv");
            assertThat(conv.inputs()).containsExactly("image", "encoder1.0.weight", "");
            assertThat(conv.attribute("group", 7)).isEqualTo(1);
            assertThat(conv.attribute("absent", 7)).isEqualTo(7);
            assertThat(conv.numbers("pads")).containsExactly(1L, 1L, 1L, 1L);
            assertThat(conv.numbers("strides")).containsExactly(2L, 3L);
            assertThat(conv.attributes())
                    .containsEntry("alpha", new Attribute.OfFloat(0.25f))
                    .containsEntry("mode", new Attribute.OfText("linear"))
                    .containsEntry("odd", new Attribute.Other(11));
            Weight weight = file.find("encoder1.0.weight").orElseThrow();
            assertThat(weight.type()).isEqualTo(Type.of(DType.F32, 2, 1, 1, 1));
            assertThat(weight.segment().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4))
                    .isEqualTo(2f);
        }
    }

    @Test
    void elementsAreReadFromEachOfTheirPlaces() throws IOException {
        OnnxBuilder b = new OnnxBuilder()
                .initializer(tensor("packed floats", 1, 2).bytes(4, floats(1.5f, -2)))
                .initializer(tensor("single floats", 1, 2).fixed32(4, 1.5f).fixed32(4, -2))
                .initializer(tensor("int32", 6, 3).packed(5, -1, 0, 70_000))
                .initializer(tensor("int8", 3, 2).packed(5, -128, 127))
                .initializer(tensor("half", 10, 1).packed(5, 0x3e00))
                .initializer(tensor("bfloat16", 16, 1).packed(5, 0x3fc0))
                .initializer(tensor("int64", 7, 2).varint(7, -5).varint(7, 1L << 40))
                .initializer(tensor("uint64", 13, 1).packed(11, -1))
                .initializer(tensor("uint8", 2, 2).bytes(9, new byte[] {(byte) 255, 0}))
                .initializer(tensor("none", 1, 0, 4));
        try (OnnxFile file = open(b)) {
            assertThat(file.find("packed floats").orElseThrow().segment().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED))
                    .containsExactly(1.5f, -2);
            assertThat(file.find("single floats").orElseThrow().segment().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED))
                    .containsExactly(1.5f, -2);
            assertThat(longs(file, "int32")).containsExactly(-1, 0, 70_000);
            assertThat(longs(file, "int8")).containsExactly(-128, 127);
            assertThat(longs(file, "int64")).containsExactly(-5, 1L << 40);
            assertThat(longs(file, "uint64")).containsExactly(-1);
            assertThat(longs(file, "uint8")).containsExactly(255, 0);
            assertThat(file.find("half").orElseThrow().segment().get(ValueLayout.JAVA_SHORT_UNALIGNED, 0))
                    .isEqualTo((short) 0x3e00);
            assertThat(file.find("bfloat16").orElseThrow().type()).isEqualTo(Type.of(DType.BF16, 1));
            assertThat(file.find("none").orElseThrow().segment().byteSize()).isZero();
        }
    }

    @Test
    void elementsInAFileBesideTheModelAreMapped() throws IOException {
        Files.write(folder.resolve("weights.bin"), floats(9, 1, 2, 3));
        try (OnnxFile file = open(external("weights.bin", "4", "8"))) {
            assertThat(file.find("w").orElseThrow().segment().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED))
                    .containsExactly(1, 2);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"../outside.bin", "/etc/hostname", "", ".", "link.bin"})
    void filesElsewhereAreNotOpened(String location) throws IOException {
        Path outside = Files.write(folder.resolveSibling("outside.bin"), floats(1, 2, 3, 4));
        Files.createSymbolicLink(folder.resolve("link.bin"), outside);
        try (OnnxFile file = open(external(location, "0", "8"))) {
            Weight weight = file.find("w").orElseThrow();
            assertThatThrownBy(weight::segment)
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("which is not in the model's folder");
        } finally {
            Files.delete(outside);
        }
    }

    @Test
    void aFileBesideTheModelThatIsTooShortIsNamed() throws IOException {
        Files.write(folder.resolve("weights.bin"), floats(9, 1));
        try (OnnxFile file = open(external("weights.bin", "4", "8"))) {
            Weight weight = file.find("w").orElseThrow();
            assertThatThrownBy(weight::segment)
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("should lie at bytes 4 to 12")
                    .hasMessageContaining("which has 8 bytes");
        }
        assertRefused(external("weights.bin", "-4", "8"), "external offset -4");
        assertRefused(external("weights.bin", "0", "4"), "of 8 bytes says that it has 4 bytes");
    }

    @Test
    void whatDoesNotAddUpIsRefused() {
        assertRefused(new OnnxBuilder().initializer(tensor("a", 1, 2).bytes(9, floats(1))), "has 4 bytes of elements");
        assertRefused(new OnnxBuilder().initializer(tensor("a", 1, 2).bytes(4, floats(1))), "has 4 bytes of numbers");
        assertRefused(new OnnxBuilder().initializer(tensor("a", 7, 2).packed(7, 1, 2, 3)), "has more than its 2");
        assertRefused(new OnnxBuilder().initializer(tensor("a", 7, 2).packed(7, 1000)), "has 8 bytes of elements");
        assertRefused(new OnnxBuilder().initializer(tensor("a", 8, 1)), "ONNX element type 8");
        assertRefused(new OnnxBuilder().initializer(tensor("a", 1, -1)), "impossible dimensions");
        assertRefused(
                new OnnxBuilder().initializer(tensor("a", 1, 1L << 31, 1L << 31, 1L << 31)), "impossible dimensions");
        assertRefused(
                new OnnxBuilder().initializer(tensor("a", 1, 0)).initializer(tensor("a", 1, 0)), "two initializers");
    }

    @Test
    void graphsWithinGraphsHaveALimit() {
        Message graph = new Message();
        for (int i = 0; i < 1000; i++) {
            graph = new Message()
                    .message(1, new Message().message(5, attribute("g", 5).message(6, graph)));
        }
        byte[] bytes = new Message().varint(1, 8).message(7, graph).bytes();
        assertThatThrownBy(() -> OnnxFile.open(Files.write(folder.resolve("deep.onnx"), bytes)))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("deep in one another");
    }

    @Test
    void aModelWithoutGraphIsRefused() {
        assertThatThrownBy(() -> OnnxFile.open(Files.write(
                        folder.resolve("a.onnx"), new Message().varint(1, 8).bytes())))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("it has no graph");
    }

    private static OnnxBuilder external(String location, String offset, String length) {
        return new OnnxBuilder()
                .initializer(tensor("w", 1, 2)
                        .message(13, new Message().text(1, "location").text(2, location))
                        .message(13, new Message().text(1, "offset").text(2, offset))
                        .message(13, new Message().text(1, "length").text(2, length))
                        .varint(14, 1));
    }

    private static long[] longs(OnnxFile file, String name) {
        return Objects.requireNonNull(file.model().graph().initializers().get(name))
                .toLongs();
    }

    private OnnxFile open(OnnxBuilder b) throws IOException {
        return OnnxFile.open(Files.write(folder.resolve("model.onnx"), b.bytes()));
    }

    private void assertRefused(OnnxBuilder b, String why) {
        assertThatThrownBy(() -> open(b).close())
                .isInstanceOf(UserError.class)
                .hasMessageContaining("model.onnx")
                .hasMessageContaining(why);
    }
}
