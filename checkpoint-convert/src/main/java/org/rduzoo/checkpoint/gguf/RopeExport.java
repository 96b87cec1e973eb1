package org.rduzoo.checkpoint.gguf;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.checkpoint.file.WholeFile;
import org.rduzoo.ir.Shape;
import org.rduzoo.samba.UserError;
import tools.jackson.databind.JsonNode;

/// How rotations are slowed down for long contexts, from `rope_parameters` to GGUF: Llama 3's way becomes a tensor with
/// a
/// factor a rotation, the others metadata. The inverse of [RopeScaling].
final class RopeExport {

    private RopeExport() {}

    /// The metadata.
    static void settings(GgufWriter w, String where, JsonNode rope) {
        String type = type(rope);
        switch (type) {
            case "default", "llama3", "longrope" -> {
                // Full speed, or told by the tensor of factors.
            }
            case "linear" -> {
                w.text("llama.rope.scaling.type", "linear");
                w.f32("llama.rope.scaling.factor", number(where, rope, "factor"));
            }
            case "yarn" -> {
                w.text("llama.rope.scaling.type", "yarn");
                w.f32("llama.rope.scaling.factor", number(where, rope, "factor"));
                w.u32("llama.rope.scaling.original_context_length", (long)
                        number(where, rope, "original_max_position_embeddings"));
                if (rope.path("attention_factor").isNumber()) {
                    w.f32("llama.rope.scaling.attn_factor", number(where, rope, "attention_factor"));
                }
            }
            default ->
                throw new UserError(where + ": rope_type is " + Named.shortened(type)
                        + "; default, linear, yarn, llama3, and longrope with one list of factors can be written as"
                        + " GGUF.");
        }
    }

    /// What each rotation's speed is divided by, where that is a tensor.
    static Optional<float[]> factors(String where, JsonNode rope, int headDim) {
        return switch (type(rope)) {
            case "llama3" -> Optional.of(llama3(where, rope, headDim));
            case "longrope" -> Optional.of(listed(where, rope, headDim));
            default -> Optional.empty();
        };
    }

    static GgufWriter.Tensor tensor(float[] factors) {
        byte[] bytes = new byte[factors.length * Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(factors);
        return new GgufWriter.Tensor(
                LlamaTensors.ROPE_FACTORS,
                Shape.of(factors.length),
                GgufType.F32,
                channel -> WholeFile.writeAll(channel, MemorySegment.ofArray(bytes)));
    }

    private static String type(JsonNode rope) {
        return rope.path("rope_type").asString("default");
    }

    private static float[] llama3(String where, JsonNode rope, int headDim) {
        float factor = (float) number(where, rope, "factor");
        float low = (float) number(where, rope, "low_freq_factor");
        float high = (float) number(where, rope, "high_freq_factor");
        float context = (float) number(where, rope, "original_max_position_embeddings");
        double theta = rope.path("rope_theta").asDouble(10_000);
        float[] factors = new float[headDim / 2];
        for (int i = 0; i < factors.length; i++) {
            float speed = 1 / (float) Math.pow(theta, (float) (2 * i) / headDim);
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

    private static float[] listed(String where, JsonNode rope, int headDim) {
        JsonNode list = rope.path("long_factor");
        if (!list.isArray() || list.size() != headDim / 2 || !list.equals(rope.path("short_factor"))) {
            throw new UserError(where + ": rope_type is longrope with factors that differ for short and long texts (or"
                    + " are not " + headDim / 2 + "), which the GGUF of a Llama cannot say.");
        }
        float[] factors = new float[list.size()];
        for (int i = 0; i < factors.length; i++) {
            factors[i] = (float) list.get(i).asDouble(1);
        }
        return factors;
    }

    private static double number(String where, JsonNode rope, String key) {
        JsonNode value = rope.path(key);
        if (!value.isNumber()) {
            throw new UserError(where + ": rope_type " + type(rope) + " needs a number as " + key + ", found "
                    + (value.isMissingNode() ? "nothing" : Named.shortened(value.toString())) + ".");
        }
        return value.doubleValue();
    }
}
