package org.rduzoo.checkpoint.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rduzoo.checkpoint.onnx.OnnxBuilder.attribute;
import static org.rduzoo.checkpoint.onnx.OnnxBuilder.floats;
import static org.rduzoo.checkpoint.onnx.OnnxBuilder.tensor;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.checkpoint.Fuzz;
import org.rduzoo.checkpoint.tensor.WeightTable;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.Weights.Weight;

class OnnxFuzzTest {

    @Test
    void tenThousandDamagedModelsAreReadOrRefused(@TempDir Path folder) throws IOException {
        Files.write(folder.resolve("beside.bin"), floats(1, 2, 3, 4));
        int fine = Fuzz.run(9, List.of(bert(), everything()), folder.resolve("mutant.onnx"), file -> {
            try (OnnxFile onnx = OnnxFile.open(file)) {
                touchAll(onnx);
            }
            try (Checkpoint checkpoint = Checkpoint.open(file)) {
                touchAll(checkpoint.weights());
            }
        });
        assertThat(fine).as("mutants that are still right").isBetween(100, Fuzz.MUTANTS * 9 / 10);
    }

    private static void touchAll(Weights weights) {
        for (String name : weights.names()) {
            Weight weight = weights.find(name).orElseThrow();
            MemorySegment data = weight.segment();
            assertThat(data.byteSize()).isEqualTo(weight.type().bytes());
            data.mismatch(data);
        }
    }

    private static byte[] everything() {
        return new OnnxBuilder()
                .input("image", "N", 224)
                .initializer(tensor("floats", 1, 2, 1).bytes(4, floats(1, 2)))
                .initializer(tensor("ints", 7, 3).packed(7, 1, -1, 300))
                .initializer(tensor("halves", 10, 2).varint(5, 1).varint(5, 2))
                .initializer(tensor("beside", 1, 2)
                        .message(13, new Message().text(1, "location").text(2, "beside.bin"))
                        .message(13, new Message().text(1, "offset").text(2, "8"))
                        .varint(14, 1))
                .node(
                        "/conv/Conv",
                        "Conv",
                        List.of("image", "floats"),
                        "y",
                        attribute("pads", 7).packed(8, 1, 1, 1, 1),
                        attribute("alpha", 1).fixed32(2, 1),
                        attribute("names", 8).text(9, "a").text(9, "b"),
                        attribute("then", 5).message(6, new Message().text(2, "inner")))
                .bytes();
    }

    /// A BERT with one layer of width 4.
    private static byte[] bert() {
        List<Weight> weights = new ArrayList<>();
        add(weights, "embeddings.word_embeddings.weight", 6, 4);
        add(weights, "embeddings.position_embeddings.weight", 3, 4);
        add(weights, "embeddings.token_type_embeddings.weight", 2, 4);
        linear(weights, "embeddings.LayerNorm", 4);
        String layer = "encoder.layer.0.";
        for (String part : List.of("attention.self.query", "attention.self.key", "attention.self.value")) {
            linear(weights, layer + part, 4, 4);
        }
        linear(weights, layer + "attention.output.dense", 4, 4);
        linear(weights, layer + "attention.output.LayerNorm", 4);
        linear(weights, layer + "intermediate.dense", 8, 4);
        linear(weights, layer + "output.dense", 4, 8);
        linear(weights, layer + "output.LayerNorm", 4);
        return OnnxBuilder.bert(WeightTable.of("test", weights, () -> {}), 2, 2).bytes();
    }

    private static void linear(List<Weight> weights, String module, int... dims) {
        add(weights, module + ".weight", dims);
        add(weights, module + ".bias", dims[0]);
    }

    private static void add(List<Weight> weights, String name, int... dims) {
        Type type = Type.of(DType.F32, dims);
        weights.add(new Weight(name, type, "test", () -> MemorySegment.ofArray(new byte[(int) type.bytes()])));
    }
}
