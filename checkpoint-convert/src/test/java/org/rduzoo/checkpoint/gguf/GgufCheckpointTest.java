package org.rduzoo.checkpoint.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Shape;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.Weights.Weight;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class GgufCheckpointTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"llama, F32", "llama-linear, F32", "llama3-scaled, F32", "llama, F16"})
    void aLlamaComesBackFromGgufBitForBit(String model, GgufType plain) {
        Path file = TinyLlama.write(model, plain).write(folder.resolve("tiny.gguf"));
        try (SafetensorsFile expected =
                        SafetensorsFile.open(TinyLlama.folder(model).resolve("model.safetensors"));
                Weights found = GgufCheckpoint.open(file).weights()) {
            assertThat(found.names()).containsExactlyInAnyOrderElementsOf(expected.names());
            for (String name : expected.names()) {
                Weight e = expected.find(name).orElseThrow();
                Weight f = found.find(name).orElseThrow();
                assertThat(f.type().shape()).isEqualTo(e.type().shape());
                GgufType stored = e.type().rank() == 1 ? GgufType.F32 : plain;
                assertThat(Optional.of(f.type().dtype())).isEqualTo(stored.plain());
                MemorySegment a = e.segment();
                MemorySegment b = f.segment();
                for (int i = 0; i < e.type().elements(); i++) {
                    assertThat(TinyLlama.at(b, f.type().dtype(), i))
                            .isEqualTo(TinyLlama.back(stored, a.get(GgufCursor.F32, i * 4L)));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama-linear", "llama3-scaled"})
    void itsSettingsComeBackAsTheConfigOfAHuggingFaceFolder(String model) {
        JsonNode expected = TinyLlama.config(model);
        Path file = TinyLlama.write(model, GgufType.F32).write(folder.resolve("tiny.gguf"));
        try (GgufCheckpoint checkpoint = GgufCheckpoint.open(file)) {
            ObjectNode config = checkpoint.config();
            for (String key : List.of(
                    "architectures",
                    "attention_bias",
                    "bos_token_id",
                    "eos_token_id",
                    "head_dim",
                    "hidden_act",
                    "hidden_size",
                    "intermediate_size",
                    "max_position_embeddings",
                    "mlp_bias",
                    "model_type",
                    "num_attention_heads",
                    "num_hidden_layers",
                    "num_key_value_heads",
                    "rms_norm_eps",
                    "tie_word_embeddings",
                    "vocab_size")) {
                assertThat(config.get(key).toString())
                        .as(key)
                        .isEqualTo(expected.get(key).toString());
            }
            assertThat(config.get("torch_dtype").asString()).isEqualTo("float32");
            JsonNode rope = expected.has("rope_parameters") ? expected.get("rope_parameters") : expected;
            assertThat(config.get("rope_theta").doubleValue())
                    .isEqualTo(rope.get("rope_theta").doubleValue());
            JsonNode scaling = config.get("rope_scaling");
            switch (model) {
                case "llama" -> assertThat(scaling.isNull()).isTrue();
                case "llama-linear" ->
                    assertThat(scaling.toString()).isEqualTo("{\"rope_type\":\"linear\",\"factor\":4.0}");
                default -> assertThat(scaling).isEqualTo(expected.get("rope_scaling"));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "500000, 128, 8, 1, 4, 8192",
        "500000, 64, 32, 1, 4, 8192",
        "500000, 128, 16, 1, 4, 4096",
        "10000, 64, 8, 1, 8, 2048",
        "500000, 8, 8, 1, 4, 16",
    })
    void theNumbersBehindLlama3sFactorsAreFoundAgain(
            double theta, int headDim, float factor, float low, float high, int context) {
        float[] factors = TinyLlama.factors(theta, headDim, factor, low, high, context);
        JsonNode json = RopeScaling.of("x", metadata(), theta, headDim, 131072, Optional.of(factors))
                .orElseThrow();
        assertThat(json.toString())
                .isEqualTo("{\"rope_type\":\"llama3\",\"factor\":" + (double) factor + ",\"low_freq_factor\":1.0,"
                        + "\"high_freq_factor\":" + (double) high + ",\"original_max_position_embeddings\":" + context
                        + "}");
    }

    @Test
    void factorsThatComeFromNoSuchNumbersAreKeptAsTheyAre() {
        float[] factors = {1, 3, 2, 8};
        JsonNode json = RopeScaling.of("x", metadata(), 10000, 8, 4096, Optional.of(factors))
                .orElseThrow();
        assertThat(json.get("rope_type").asString()).isEqualTo("longrope");
        assertThat(json.get("short_factor").toString()).isEqualTo("[1.0,3.0,2.0,8.0]");
        assertThat(json.get("long_factor")).isEqualTo(json.get("short_factor"));
        assertThat(RopeScaling.of("x", metadata(), 10000, 8, 4096, Optional.of(new float[] {1, 1, 1, 1})))
                .isEmpty();
        assertThatThrownBy(() -> RopeScaling.of("x", metadata(), 10000, 8, 4096, Optional.of(new float[3])))
                .isInstanceOf(UserError.class);
    }

    @Test
    void aSlidingWindowMakesAMistral() {
        Path file = TinyLlama.write("llama", GgufType.F32)
                .u32("llama.attention.sliding_window", 8)
                .write(folder.resolve("mistral.gguf"));
        try (GgufCheckpoint checkpoint = GgufCheckpoint.open(file)) {
            ObjectNode config = checkpoint.config();
            assertThat(config.get("model_type").asString()).isEqualTo("mistral");
            assertThat(config.get("architectures").toString()).isEqualTo("[\"MistralForCausalLM\"]");
            assertThat(config.get("sliding_window").intValue()).isEqualTo(8);
        }
    }

    @Test
    void quantisedWeightsAreExpandedToWhatIsAskedFor() {
        byte[] blocks = new byte[96 * 34];
        for (int b = 0; b < 96; b++) {
            blocks[b * 34 + 1] = 0x3c; // a scale of one
            for (int i = 0; i < 32; i++) {
                blocks[b * 34 + 2 + i] = (byte) (b + i);
            }
        }
        GgufBuilder builder =
                settings(32, 4).tensor("token_embd.weight", new int[] {96, 32}, GgufType.Q8_0.id(), blocks);
        builder.tensor("blk.0.attn_q.weight", new int[] {32, 32}, GgufType.Q8_0.id(), Arrays.copyOf(blocks, 32 * 34));
        try (GgufCheckpoint checkpoint = GgufCheckpoint.open(builder.write(folder.resolve("q.gguf")))) {
            Weight whole =
                    checkpoint.weights().find("model.embed_tokens.weight").orElseThrow();
            assertThat(whole.type().toString()).isEqualTo("f32[96, 32]");
            assertThat(whole.segment().getAtIndex(GgufCursor.F32, 33)).isEqualTo(2);
            Weight half = checkpoint
                    .weights(DType.BF16)
                    .find("model.layers.0.self_attn.q_proj.weight")
                    .orElseThrow();
            assertThat(half.type().dtype()).isEqualTo(DType.BF16);
            MemorySegment rows = half.segment();
            // Heads of 8 rows: the first four rows here are every other one there.
            for (int row = 0; row < 8; row++) {
                int source = row < 4 ? 2 * row : 2 * (row - 4) + 1;
                assertThat(Float.intBitsToFloat(rows.getAtIndex(GgufCursor.I16, row * 32L) << 16))
                        .isEqualTo(source);
            }
        }
    }

    @Test
    void aModelInPartsIsReadAsOne() {
        GgufBuilder first = settings(32, 4).u32("split.count", 2).u32("split.no", 0);
        first.f32("token_embd.weight", new int[] {5, 32}, new float[160]);
        Path path = first.write(folder.resolve("m-00001-of-00002.gguf"));
        assertThatThrownBy(() -> GgufCheckpoint.open(path))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("m-00002-of-00002.gguf is missing");
        Path second = GgufBuilder.llama()
                .u32("split.count", 2)
                .u32("split.no", 1)
                .f32("output_norm.weight", new int[] {32}, new float[32])
                .write(folder.resolve("m-00002-of-00002.gguf"));
        try (Weights weights = GgufCheckpoint.open(path).weights()) {
            assertThat(weights.names()).containsExactly("model.embed_tokens.weight", "model.norm.weight");
            assertThat(weights.find("model.norm.weight").orElseThrow().type().shape())
                    .isEqualTo(Shape.of(32));
        }
        assertThatThrownBy(() -> GgufCheckpoint.open(second))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("-00001-of-00002.gguf");
    }

    @Test
    void whatIsNoPlainLlamaIsRefused() {
        refused(new GgufBuilder().text("general.architecture", "qwen2"), "qwen2");
        refused(
                embedded().f32("blk.0.ffn_gate_inp.weight", new int[] {4, 32}, new float[128]),
                "ffn_gate_inp",
                "experts");
        refused(embedded().u32("llama.expert_count", 8), "llama.expert_count");
        refused(embedded().u32("llama.rope.dimension_count", 4), "llama.rope.dimension_count", "expected 8");
        refused(embedded().f32("blk.0.attn_k.weight", new int[] {16, 32}, new float[512]), "attn_k", "32 rows");
        refused(settings(32, 4), "token_embd.weight");
        refused(settings(32, 3), "3 heads");
        refused(embedded().u32("llama.attention.head_count_kv", 3), "4 heads", "3 key-value heads");
        refused(embedded().text("llama.rope.scaling.type", "other"), "other");
        refused(GgufBuilder.llama(), "llama.");
    }

    private void refused(GgufBuilder builder, String... said) {
        Path file = builder.write(folder.resolve("refused.gguf"));
        assertThatThrownBy(() -> GgufCheckpoint.open(file).close())
                .isInstanceOf(UserError.class)
                .hasMessageContaining(file.toString())
                .hasMessageContainingAll(said);
    }

    private static GgufBuilder embedded() {
        return settings(32, 4).f32("token_embd.weight", new int[] {5, 32}, new float[160]);
    }

    private static GgufBuilder settings(int hidden, int heads) {
        return GgufBuilder.llama()
                .u32("llama.block_count", 1)
                .u32("llama.context_length", 64)
                .u32("llama.embedding_length", hidden)
                .u32("llama.feed_forward_length", 64)
                .u32("llama.attention.head_count", heads);
    }

    private static GgufMetadata metadata() {
        return new GgufMetadata("x", Map.of());
    }
}
