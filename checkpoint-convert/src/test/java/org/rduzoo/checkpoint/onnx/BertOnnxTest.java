package org.rduzoo.checkpoint.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.rduzoo.checkpoint.onnx.OnnxBuilder.floats;
import static org.rduzoo.checkpoint.onnx.OnnxBuilder.tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.checkpoint.Conversion;
import org.rduzoo.checkpoint.SentenceModel;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.samba.Pooling;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import tools.jackson.databind.node.ObjectNode;

/// An export of the tiny BERT, made here, gives back its checkpoint.
class BertOnnxTest {

    private static final Path BERT = Path.of("src/test/resources/bert");
    private static final String TOKENIZER = """
            {
              "truncation": {"max_length": 128},
              "padding": {"strategy": {"Fixed": 128}},
              "added_tokens": [{"id": 0, "content": "[PAD]"}, {"id": 3, "content": "[CLS]"}],
              "normalizer": {"type": "BertNormalizer", "lowercase": false},
              "model": {"type": "WordPiece", "vocab": {"[PAD]": 0}}
            }
            """;

    @TempDir
    Path folder;

    @Test
    void theWeightsComeBackUnderTheirNamesAndTheRightWayRound() throws IOException {
        try (SafetensorsFile original = SafetensorsFile.open(BERT.resolve("model.safetensors"));
                Checkpoint converted = Checkpoint.open(export())) {
            List<String> expected = original.names().stream()
                    .filter(n -> !n.startsWith("pooler"))
                    .toList();
            assertThat(converted.weights().names()).containsExactlyInAnyOrderElementsOf(expected);
            for (String name : expected) {
                Weights.Weight ours = converted.weights().find(name).orElseThrow();
                Weights.Weight theirs = original.find(name).orElseThrow();
                assertThat(ours.type()).as(name).isEqualTo(theirs.type());
                assertThat(ours.segment().mismatch(theirs.segment())).as(name).isEqualTo(-1);
            }
        }
    }

    @Test
    void theConfigIsToldFromTheGraph() throws IOException {
        try (Checkpoint original = Checkpoint.open(BERT);
                Checkpoint converted = Checkpoint.open(export())) {
            ObjectNode config = converted.config();
            for (String key : List.of(
                    "model_type",
                    "vocab_size",
                    "hidden_size",
                    "num_hidden_layers",
                    "num_attention_heads",
                    "intermediate_size",
                    "hidden_act",
                    "max_position_embeddings",
                    "type_vocab_size")) {
                assertThat(config.get(key)).as(key).isEqualTo(original.config().get(key));
            }
            assertThat(config.get("layer_norm_eps").doubleValue()).isEqualTo(1e-12);
            assertThat(config.get("add_pooling_layer").booleanValue()).isFalse();
        }
    }

    @Test
    void aFolderForSentencesIsMadeOfIt() throws IOException {
        Path onnx = export();
        Files.writeString(folder.resolve("model-tokenizer.json"), TOKENIZER);
        Path target = folder.resolve("out");
        Conversion.Result result = Conversion.run(
                Conversion.Request.of(onnx, target).withSentence(new SentenceModel(Pooling.MEAN, true, 256)));
        assertThat(result.from()).isEqualTo(Checkpoint.Format.ONNX);
        try (Checkpoint made = Checkpoint.open(target)) {
            assertThat(SentenceModel.of(made)).contains(new SentenceModel(Pooling.MEAN, true, 256));
            ObjectNode tokenizer = made.json("tokenizer.json").orElseThrow();
            assertThat(tokenizer.get("truncation").isNull()).isTrue();
            assertThat(tokenizer.get("padding").isNull()).isTrue();
            assertThat(tokenizer.get("model").get("vocab").size()).isEqualTo(1);
            ObjectNode settings = made.json("tokenizer_config.json").orElseThrow();
            assertThat(settings.get("do_lower_case").booleanValue()).isFalse();
            assertThat(settings.get("cls_token").stringValue()).isEqualTo("[CLS]");
        }
    }

    @Test
    void aConfigBesideTheFileIsBelieved() throws IOException {
        Path onnx = export();
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"bert\", \"hidden_act\": \"relu\"}");
        try (Checkpoint converted = Checkpoint.open(onnx)) {
            assertThat(converted.config().get("hidden_act").stringValue()).isEqualTo("relu");
            assertThat(converted.config().get("add_pooling_layer").booleanValue())
                    .isFalse();
        }
    }

    @Test
    void aTensorOfAnotherKindOfModelIsNamedWithItsNeighbours() throws IOException {
        Path file = write(builder()
                .initializer(tensor("encoder.layer.0.attention.self.querry.bias", 1, 1)
                        .bytes(9, floats(1))));
        assertThatThrownBy(() -> Checkpoint.open(file))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("encoder.layer.0.attention.self.querry.bias")
                .hasMessageContaining("The nearest that it knows: encoder.layer.*.attention.self.query.bias");
    }

    @Test
    void aMatrixOfANamelessLayerIsRefused() throws IOException {
        Path file = write(builder()
                .initializer(tensor("onnx::MatMul_1", 1, 1, 1).bytes(9, floats(1)))
                .node("MatMul_3", "MatMul", List.of("x", "onnx::MatMul_1"), "y"));
        assertThatThrownBy(() -> Checkpoint.open(file))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("does not say what layer it belongs to");
    }

    @Test
    void aMissingTensorIsNamed() throws IOException {
        Path file = write(builder()
                .initializer(tensor("encoder.layer.2.output.dense.bias", 1, 32).bytes(9, new byte[128])));
        assertThatThrownBy(() -> Checkpoint.open(file))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("has no tensor \"encoder.layer.2.attention.self.query.weight\"");
    }

    private static OnnxBuilder builder() {
        try (Checkpoint bert = Checkpoint.open(BERT)) {
            int heads = bert.config().get("num_attention_heads").intValue();
            int size = bert.config().get("hidden_size").intValue() / heads;
            return OnnxBuilder.bert(bert.weights(), heads, size);
        }
    }

    private Path export() throws IOException {
        return write(builder());
    }

    private Path write(OnnxBuilder b) throws IOException {
        return Files.write(folder.resolve("model.onnx"), b.bytes());
    }
}
