package org.rduzoo.checkpoint.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.checkpoint.CheckpointDiff;
import org.rduzoo.checkpoint.ConfigSpelling;
import org.rduzoo.checkpoint.Conversion;
import org.rduzoo.checkpoint.HfFolder;
import org.rduzoo.checkpoint.TargetForm;
import org.rduzoo.checkpoint.TargetForm.Numbers;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.checkpoint.file.WholeFile;
import org.rduzoo.samba.UserError;
import tools.jackson.databind.node.ObjectNode;

class LlamaExportTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"llama, FP32", "llama-linear, FP32", "llama3-scaled, FP32", "llama, F16", "llama3-scaled, BF16"})
    void aLlamaGoesToGgufAndBackBitForBit(String model, Numbers numbers) {
        Path start = folder.resolve("start");
        TargetForm form = TargetForm.UNCHANGED.withNumbers(numbers);
        Conversion.run(Conversion.Request.of(TinyLlama.folder(model), start).withForm(form));
        Path gguf = folder.resolve("model.gguf");
        Path back = folder.resolve("back");
        Conversion.run(Conversion.Request.of(start, gguf));
        Conversion.run(Conversion.Request.of(gguf, back).withForm(form));
        CheckpointDiff diff = CheckpointDiff.of(back, start);
        assertThat(diff.onlyLeft()).isEmpty();
        assertThat(diff.onlyRight()).isEmpty();
        assertThat(diff.types()).isEmpty();
        assertThat(diff.values()).isEmpty();
        // What remains different are keys that GGUF has no place for.
        assertThat(diff.config().stream().map(CheckpointDiff.ConfigChange::key))
                .isSubsetOf("pad_token_id", "pretraining_tp", "transformers_version", "use_cache", "initializer_range");
    }

    @Test
    void theSameModelGivesTheSameBytesHoweverItIsStored() throws IOException {
        Path shards = folder.resolve("shards");
        Conversion.run(
                Conversion.Request.of(TinyLlama.folder("llama3-scaled"), shards).withMaxShardBytes(20_000));
        Path spelled = folder.resolve("spelled");
        Conversion.run(Conversion.Request.of(TinyLlama.folder("llama3-scaled"), spelled));
        try (Checkpoint old = Checkpoint.open(spelled)) {
            WholeFile.write(spelled.resolve(HfFolder.CONFIG), true, Json.pretty(ConfigSpelling.modern(old.config())));
        }
        byte[] first = gguf(TinyLlama.folder("llama3-scaled"), "a.gguf");
        assertThat(gguf(shards, "b.gguf")).isEqualTo(first);
        assertThat(gguf(spelled, "c.gguf")).isEqualTo(first);
    }

    private byte[] gguf(Path source, String name) throws IOException {
        Path file = folder.resolve(name);
        Conversion.run(Conversion.Request.of(source, file).withForm(TargetForm.UNCHANGED.withNumbers(Numbers.Q8_0)));
        return Files.readAllBytes(file);
    }

    @Test
    void matricesAreQuantizedAndVectorsAreNot() throws IOException {
        gguf(TinyLlama.folder("llama3-scaled"), "q8.gguf");
        try (GgufFile file = GgufFile.open(folder.resolve("q8.gguf"))) {
            assertThat(file.metadata().integer("general.file_type")).hasValue(7);
            assertThat(file.metadata().integer("general.quantization_version")).hasValue(2);
            assertThat(file.metadata().integer("llama.rope.dimension_count")).hasValue(8);
            assertThat(file.tensors().getFirst().name()).isEqualTo(LlamaTensors.ROPE_FACTORS);
            for (GgufTensor t : file.tensors()) {
                GgufType expected = t.shape().rank() == 1
                        ? GgufType.F32
                        : t.shape().dim(-1) % 32 == 0 ? GgufType.Q8_0 : GgufType.F16;
                assertThat(t.type()).as(t.name()).isEqualTo(expected);
            }
            // The head is the embedding.
            assertThat(file.tensors().stream().map(GgufTensor::name))
                    .contains("token_embd.weight")
                    .doesNotContain("output.weight");
        }
    }

    @Test
    void aMistralComesBackWithItsWindow() {
        Path start = start(c -> c.put("model_type", "mistral").put("sliding_window", 8));
        Path gguf = folder.resolve("mistral.gguf");
        Conversion.run(Conversion.Request.of(start, gguf));
        try (Checkpoint back = Checkpoint.open(gguf)) {
            assertThat(back.config().path("model_type").asString()).isEqualTo("mistral");
            assertThat(back.config().path("sliding_window").asInt()).isEqualTo(8);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-2", "smollm", "llama-bpe", "qwen2", "tekken", "deepseek-coder", "falcon"})
    void aByteLevelTokenizerComesBack(String pre) {
        List<String> tokens = tokens(List.of("<|pad|>", "<|start|>", "<|end|>", "a", "b", "Ġ", "ab", "Ġab", "[tool]"));
        int[] types = types(List.of(3, 3, 3, 1, 1, 1, 1, 1, 4));
        GgufBuilder b = TinyLlama.write("llama", GgufType.F32)
                .text("tokenizer.ggml.model", "gpt2")
                .text("tokenizer.ggml.pre", pre)
                .texts("tokenizer.ggml.tokens", tokens)
                .i32s("tokenizer.ggml.token_type", types)
                .texts("tokenizer.ggml.merges", List.of("a b", "Ġ ab"))
                .bool("tokenizer.ggml.add_bos_token", true)
                .text("tokenizer.chat_template", "{{ messages }}")
                .text("tokenizer.chat_template.tool_use", "{{ tools }}");
        assertReturns(b);
    }

    @Test
    void aSentencePieceTokenizerComesBackWithItsScores() {
        List<String> tokens = tokens(List.of("<unk>", "<s>", "</s>", "▁t", "he", "▁the", "▁", "t", "h", "e"));
        int[] types = types(List.of(2, 3, 3, 1, 1, 1, 1, 1, 1, 1));
        float[] scores = new float[96];
        for (int i = 3; i < 10; i++) {
            scores[i] = 3 - i;
        }
        GgufBuilder b = TinyLlama.write("llama", GgufType.F32)
                .text("tokenizer.ggml.model", "llama")
                .text("tokenizer.ggml.pre", "default")
                .texts("tokenizer.ggml.tokens", tokens)
                .f32s("tokenizer.ggml.scores", scores)
                .i32s("tokenizer.ggml.token_type", types)
                .bool("tokenizer.ggml.add_bos_token", true)
                .bool("tokenizer.ggml.add_eos_token", false)
                .bool("tokenizer.ggml.add_space_prefix", true);
        assertReturns(b);
    }

    /// Through a Hugging Face folder and back, the tokenizer's metadata are what they were.
    private void assertReturns(GgufBuilder b) {
        Path first = b.write(folder.resolve("first.gguf"));
        Path middle = folder.resolve("middle");
        Path second = folder.resolve("second.gguf");
        Conversion.run(Conversion.Request.of(first, middle));
        Conversion.run(Conversion.Request.of(middle, second));
        try (GgufFile expected = GgufFile.open(first);
                GgufFile found = GgufFile.open(second)) {
            expected.metadata().values().forEach((key, value) -> {
                if (key.startsWith("tokenizer.")) {
                    assertThat(found.metadata().find(key).map(LlamaExportTest::elements))
                            .as(key)
                            .isEqualTo(Optional.of(elements(value)));
                }
            });
        }
    }

    private static List<String> elements(GgufValue value) {
        List<String> elements = new ArrayList<>();
        switch (value) {
            case GgufValue.Texts texts -> {
                for (int i = 0; i < texts.size(); i++) {
                    elements.add(texts.get(i));
                }
            }
            case GgufValue.Numbers numbers -> {
                for (int i = 0; i < numbers.size(); i++) {
                    elements.add(numbers.get(i).toString());
                }
            }
            default -> elements.add(value.toString());
        }
        return elements;
    }

    private static List<String> tokens(List<String> first) {
        List<String> tokens = new ArrayList<>(first);
        while (tokens.size() < 96) {
            tokens.add("[PAD" + tokens.size() + "]");
        }
        return tokens;
    }

    private static int[] types(List<Integer> first) {
        int[] types = new int[96];
        for (int i = 0; i < types.length; i++) {
            types[i] = i < first.size() ? first.get(i) : 5;
        }
        return types;
    }

    @Test
    void whatGgufCannotSayIsRefused() {
        assertRefused(start(c -> c.put("model_type", "gpt2")), "has model_type gpt2; llama and mistral can be written");
        assertRefused(start(c -> c.put("num_key_value_heads", 4)), "but config.json asks for 32 rows (4 heads");
        assertRefused(start(c -> c.put("num_hidden_layers", 3)), "has no tensor \"model.layers.2.");
        assertRefused(start(c -> c.remove("max_position_embeddings")), "max_position_embeddings: expected a positive");
        assertRefused(
                start(c -> c.set("rope_parameters", Json.object().put("rope_type", "dynamic"))),
                "rope_type is dynamic");
        Path tokenizer = start(c -> {});
        write(tokenizer, Map.of("type", "WordPiece"));
        assertRefused(tokenizer, "has a model of type \"WordPiece\"; BPE can be written");
    }

    private static void write(Path folder, Map<String, String> model) {
        ObjectNode json = Json.object();
        ObjectNode inner = json.putObject("model");
        model.forEach(inner::put);
        WholeFile.write(folder.resolve("tokenizer.json"), true, Json.pretty(json));
    }

    private void assertRefused(Path source, String why) {
        assertThatThrownBy(() -> Conversion.run(Conversion.Request.of(source, folder.resolve("refused.gguf"))))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(why);
        assertThat(folder.resolve("refused.gguf")).doesNotExist();
    }

    /// The tiny Llama with another config.
    private Path start(Consumer<ObjectNode> edit) {
        Path start = folder.resolve("start");
        Conversion.run(Conversion.Request.of(TinyLlama.folder("llama"), start).withForce(true));
        ObjectNode config = Json.read(start.resolve(HfFolder.CONFIG));
        edit.accept(config);
        WholeFile.write(start.resolve(HfFolder.CONFIG), true, Json.pretty(config));
        return start;
    }
}
