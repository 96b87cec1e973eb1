package org.rduzoo.checkpoint.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.Weights.Weight;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Writes a tiny Llama from its Hugging Face form to GGUF, as converters do: names, rows of query and key
/// interleaved, settings, factors of the rotations.
final class TinyLlama {

    private TinyLlama() {}

    static Path folder(String model) {
        return Path.of("src/test/resources/gguf/llama", model);
    }

    static JsonNode config(String model) {
        return JsonMapper.builder().build().readTree(folder(model).resolve("config.json"));
    }

    /// The whole model in F32, but for `plain`, the element type of its matrices.
    static GgufBuilder write(String model, GgufType plain) {
        JsonNode c = config(model);
        JsonNode rope = c.has("rope_parameters") ? c.get("rope_parameters") : c;
        GgufBuilder b = GgufBuilder.llama()
                .u32("llama.block_count", c.get("num_hidden_layers").intValue())
                .u32("llama.context_length", c.get("max_position_embeddings").intValue())
                .u32("llama.embedding_length", c.get("hidden_size").intValue())
                .u32("llama.feed_forward_length", c.get("intermediate_size").intValue())
                .u32("llama.attention.head_count", c.get("num_attention_heads").intValue())
                .u32(
                        "llama.attention.head_count_kv",
                        c.get("num_key_value_heads").intValue())
                .f32("llama.rope.freq_base", rope.get("rope_theta").floatValue())
                .f32(
                        "llama.attention.layer_norm_rms_epsilon",
                        c.get("rms_norm_eps").floatValue())
                .u32("llama.rope.dimension_count", c.get("head_dim").intValue())
                .u32("tokenizer.ggml.bos_token_id", 1)
                .u32("tokenizer.ggml.eos_token_id", 2);
        if (model.equals("llama-linear")) {
            b.text("llama.rope.scaling.type", "linear");
            b.f32("llama.rope.scaling.factor", rope.get("factor").floatValue());
        }
        if (c.has("rope_scaling")) {
            float[] factors = factors(c);
            b.f32(LlamaTensors.ROPE_FACTORS, new int[] {factors.length}, factors);
        }
        try (SafetensorsFile weights = SafetensorsFile.open(folder(model).resolve("model.safetensors"))) {
            for (String name : weights.names()) {
                add(b, weights.find(name).orElseThrow(), c.get("head_dim").intValue(), plain);
            }
        }
        return b;
    }

    private static void add(GgufBuilder b, Weight weight, int headDim, GgufType plain) {
        LlamaTensors.Rule rule = LlamaTensors.fromHuggingFace(weight.name()).orElseThrow();
        GgufType type = weight.type().rank() == 1 ? GgufType.F32 : plain;
        MemorySegment rows = weight.segment();
        int count = weight.type().dim(0);
        int width = (int) weight.type().elements() / count;
        byte[] bytes = new byte[count * width * type.blockBytes()];
        MemorySegment out = MemorySegment.ofArray(bytes);
        for (int row = 0; row < count; row++) {
            long from = rule.rows() == LlamaTensors.Rows.SAME ? row : LlamaTensors.huggingFaceRow(row, headDim);
            for (int i = 0; i < width; i++) {
                put(out, type, (long) row * width + i, rows.getAtIndex(GgufCursor.F32, from * width + i));
            }
        }
        b.tensor(rule.gguf(), weight.type().shape().dims(), type.id(), bytes);
    }

    private static void put(MemorySegment out, GgufType type, long i, float value) {
        if (type == GgufType.F32) {
            out.set(GgufCursor.F32, i * 4, value);
        } else {
            out.set(GgufCursor.I16, i * 2, Float.floatToFloat16(value));
        }
    }

    /// The value at `i` of rows that [#write] was given, as it must come back.
    static float back(GgufType plain, float value) {
        return plain == GgufType.F32 ? value : Float.float16ToFloat(Float.floatToFloat16(value));
    }

    static float at(MemorySegment data, DType type, long i) {
        return type == DType.F32
                ? data.get(GgufCursor.F32, i * 4)
                : Float.float16ToFloat(data.get(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2));
    }

    /// Llama 3's factors, in the arithmetic of converters.
    private static float[] factors(JsonNode config) {
        JsonNode s = config.get("rope_scaling");
        return factors(
                config.get("rope_theta").doubleValue(),
                config.get("head_dim").intValue(),
                s.get("factor").floatValue(),
                s.get("low_freq_factor").floatValue(),
                s.get("high_freq_factor").floatValue(),
                s.get("original_max_position_embeddings").intValue());
    }

    static float[] factors(double theta, int headDim, float factor, float low, float high, int context) {
        float[] factors = new float[headDim / 2];
        for (int i = 0; i < factors.length; i++) {
            float speed = 1 / (float) Math.pow(theta, 2.0 * i / headDim);
            float wave = (float) (2 * Math.PI) / speed;
            if (wave < context / high) {
                factors[i] = 1;
            } else if (wave > context / low) {
                factors[i] = factor;
            } else {
                float blend = (context / wave - low) / (high - low);
                factors[i] = 1 / ((1 - blend) / factor + blend);
            }
        }
        return factors;
    }
}
