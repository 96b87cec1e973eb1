package org.rduzoo.checkpoint.gguf;

import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.ir.Shape;
import org.rduzoo.samba.UserError;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A Llama's settings as a GGUF file has them: `llama.*` in the metadata, the rest from the tensors' shapes.
///
/// A Mistral is stored as a Llama too; where the file names a sliding window, it is told by it.
///
/// @param windowSize how many positions back attention sees, where that is limited
/// @param ropeScaling the object of that name in `config.json`
record LlamaSettings(
        int hiddenSize,
        int intermediateSize,
        int layers,
        int heads,
        int keyValueHeads,
        int headDim,
        int vocabulary,
        int contextLength,
        double normEpsilon,
        double ropeTheta,
        Optional<ObjectNode> ropeScaling,
        Optional<Integer> windowSize) {

    /// Keys that change the mathematics in ways that `config.json` of a Llama has no words for, with the
    /// value that changes nothing.
    private static final Map<String, Double> NEUTRAL = Map.of(
            "llama.expert_count", 0.0,
            "llama.expert_used_count", 0.0,
            "llama.logit_scale", 1.0,
            "llama.residual_scale", 1.0,
            "llama.embedding_scale", 1.0,
            "llama.attention.scale", 0.0,
            "llama.attn_logit_softcapping", 0.0,
            "llama.attention.clamp_kqv", 0.0,
            "llama.attention.max_alibi_bias", 0.0);

    /// Reads the settings.
    ///
    /// @param tensors the tensors by their GGUF names
    /// @param ropeFactors the values of the tensor `rope_freqs.weight`, if there is one
    static LlamaSettings of(
            String source, GgufMetadata m, Map<String, GgufTensor> tensors, Optional<float[]> ropeFactors) {
        Reader r = new Reader(source, m);
        NEUTRAL.forEach(r::refuseUnless);
        int hidden = r.positive("llama.embedding_length");
        int heads = r.positive("llama.attention.head_count");
        int keyValueHeads = r.integer("llama.attention.head_count_kv").orElse(heads);
        int headDim = r.integer("llama.attention.key_length").orElse(hidden / heads);
        int context = r.positive("llama.context_length");
        double theta = m.number("llama.rope.freq_base").orElse(10_000);
        r.refuseUnless("llama.rope.dimension_count", headDim);
        r.refuseUnless("llama.attention.value_length", headDim);
        boolean whole = m.find("llama.attention.key_length").isPresent() || hidden % heads == 0;
        if (!whole || keyValueHeads < 1 || heads % keyValueHeads != 0 || headDim < 2 || headDim % 2 != 0) {
            throw new UserError(source + ": " + heads + " heads (llama.attention.head_count), " + keyValueHeads
                    + " key-value heads and a head size of " + headDim
                    + " do not fit together with a hidden size of " + hidden
                    + ": expected multiples, and an even size.");
        }
        return new LlamaSettings(
                hidden,
                r.positive("llama.feed_forward_length"),
                r.positive("llama.block_count"),
                heads,
                keyValueHeads,
                headDim,
                vocabulary(source, m, tensors),
                context,
                m.number("llama.attention.layer_norm_rms_epsilon").orElse(1e-5),
                theta,
                RopeScaling.of(source, m, theta, headDim, context, ropeFactors),
                r.integer("llama.attention.sliding_window").filter(w -> w > 0));
    }

    private static int vocabulary(String source, GgufMetadata m, Map<String, GgufTensor> tensors) {
        GgufTensor embedding = tensors.get("token_embd.weight");
        if (embedding == null || embedding.shape().rank() != 2) {
            throw new UserError(source + " has no tensor \"token_embd.weight\" of two dimensions, as every Llama has.\n"
                    + "Does it hold the vocabulary alone, or an adapter? Get the whole model.");
        }
        int rows = embedding.shape().dim(0);
        m.texts("tokenizer.ggml.tokens").filter(t -> t.size() > rows).ifPresent(t -> {
            throw new UserError(
                    source + ": tokenizer.ggml.tokens has " + t.size() + " tokens, but token_embd.weight has " + rows
                            + " rows.\nThe file is damaged, or its vocabulary is another model's.");
        });
        return rows;
    }

    /// The shape that a tensor with this rule must have for its rows to be put in order.
    void checkHeads(String source, GgufTensor tensor, LlamaTensors.Rows rows) {
        int expected = switch (rows) {
            case SAME -> -1;
            case QUERY_HEADS -> heads * headDim;
            case KEY_HEADS -> keyValueHeads * headDim;
        };
        Shape shape = tensor.shape();
        if (expected >= 0 && shape.rank() == 1 && tensor.type().isQuantized()) {
            throw new UserError(source + ": " + Named.tensor(tensor.name()) + " has one dimension and type "
                    + tensor.type() + "; expected plain numbers, as its rows are to be put in order.");
        }
        if (expected >= 0 && (shape.rank() == 0 || shape.dim(0) != expected)) {
            throw new UserError(
                    source + ": " + Named.tensor(tensor.name()) + " has shape " + shape + ", but the metadata ask for "
                            + expected + " rows (" + (rows == LlamaTensors.Rows.KEY_HEADS ? keyValueHeads : heads)
                            + " heads x head size " + headDim + ").");
        }
    }

    /// These settings as `config.json` has them.
    ///
    /// @param dtype the element type of most weights
    ObjectNode config(String dtype, boolean tied, boolean attentionBias, boolean mlpBias, GgufMetadata m) {
        ObjectNode c = JsonNodeFactory.instance.objectNode();
        boolean mistral = windowSize.isPresent();
        c.putArray("architectures").add(mistral ? "MistralForCausalLM" : "LlamaForCausalLM");
        c.put("model_type", mistral ? "mistral" : "llama");
        if (!mistral) {
            c.put("attention_bias", attentionBias);
            c.put("mlp_bias", mlpBias);
        }
        c.put("attention_dropout", 0.0);
        tokenId(c, "bos_token_id", m);
        tokenId(c, "eos_token_id", m);
        c.put("head_dim", headDim);
        c.put("hidden_act", "silu");
        c.put("hidden_size", hiddenSize);
        c.put("initializer_range", 0.02);
        c.put("intermediate_size", intermediateSize);
        c.put("max_position_embeddings", contextLength);
        c.put("num_attention_heads", heads);
        c.put("num_hidden_layers", layers);
        c.put("num_key_value_heads", keyValueHeads);
        c.put("rms_norm_eps", normEpsilon);
        ropeScaling.ifPresentOrElse(s -> c.set("rope_scaling", s), () -> c.putNull("rope_scaling"));
        c.put("rope_theta", ropeTheta);
        windowSize.ifPresent(w -> c.put("sliding_window", w));
        c.put("tie_word_embeddings", tied);
        c.put("torch_dtype", dtype);
        c.put("use_cache", true);
        c.put("vocab_size", vocabulary);
        return c;
    }

    private static void tokenId(ObjectNode config, String key, GgufMetadata m) {
        m.integer("tokenizer.ggml." + key).ifPresent(id -> config.put(key, id));
    }

    /// Reads whole numbers, one a model or one a layer if all layers agree.
    private record Reader(String source, GgufMetadata m) {

        int positive(String key) {
            int value = integer(key)
                    .orElseThrow(() -> new UserError(source + " has no metadata " + key
                            + ", which a model of architecture llama needs.\nThe file was not written by a converter"
                            + " that is known here."));
            if (value < 1) {
                throw new UserError(
                        source + ": metadata " + key + ": expected a positive number, found " + value + ".");
            }
            return value;
        }

        Optional<Integer> integer(String key) {
            Optional<GgufValue> value = m.find(key);
            if (value.isEmpty()) {
                return Optional.empty();
            }
            long n = value.get() instanceof GgufValue.Numbers layers && layers.size() > 0
                    ? sameInAll(key, layers)
                    : m.integer(key).orElseThrow();
            if (n < 0 || n > Integer.MAX_VALUE) {
                throw new UserError(source + ": metadata " + key + ": expected a number below 2^31, found " + n + ".");
            }
            return Optional.of((int) n);
        }

        private long sameInAll(String key, GgufValue.Numbers layers) {
            double[] distinct = Stream.iterate(0, i -> i + 1)
                    .limit(layers.size())
                    .mapToDouble(layers::doubleAt)
                    .distinct()
                    .toArray();
            if (distinct.length > 1) {
                throw new UserError(source + ": metadata " + key + " differs from layer to layer (" + distinct[0] + ", "
                        + distinct[1] + " ...); a Llama has the same in all, and other models are not supported.");
            }
            return (long) distinct[0];
        }

        void refuseUnless(String key, double expected) {
            m.find(key).filter(v -> m.number(key).orElseThrow() != expected).ifPresent(found -> {
                throw new UserError(source + ": metadata " + key + ": expected " + expected + ", found " + found
                        + ". It changes what the model computes, and is not supported for architecture llama.");
            });
        }
    }
}
