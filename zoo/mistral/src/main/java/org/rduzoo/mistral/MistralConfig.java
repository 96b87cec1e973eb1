package org.rduzoo.mistral;

import org.rduzoo.samba.Config;
import org.rduzoo.samba.Dropout;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.nn.Activation;
import org.rduzoo.samba.nn.Rope;

/// What `config.json` says of a Mistral; each field is the key of its name.
///
/// @param slidingWindow how many tokens back a token sees, itself included; 0 if all, where the key is `null`
/// @param rope from `rope_parameters`, or `rope_theta` and `rope_scaling`
public record MistralConfig(
        int vocabSize,
        int hiddenSize,
        int numHiddenLayers,
        int numAttentionHeads,
        int numKeyValueHeads,
        int headDim,
        int intermediateSize,
        Activation hiddenAct,
        int maxPositionEmbeddings,
        double rmsNormEps,
        int slidingWindow,
        boolean tieWordEmbeddings,
        Rope rope,
        Dropout attentionDropout) {

    private static final int SLIDING_WINDOW = 4096;

    /// @throws UserError when a key is missing, wrong, or asks for what is not supported
    public static MistralConfig of(Config c) {
        c.requireOnly("model_type", "mistral");
        int heads = c.positive("num_attention_heads");
        int hidden = c.positive("hidden_size");
        if (!c.has("head_dim") && hidden % heads != 0) {
            throw new UserError(
                    "config.json: hidden_size %d is not a multiple of num_attention_heads %d, and there is no head_dim."
                            .formatted(hidden, heads));
        }
        int headDim = c.has("head_dim") ? c.positive("head_dim") : hidden / heads;
        MistralConfig config = new MistralConfig(
                c.positive("vocab_size"),
                hidden,
                c.positive("num_hidden_layers"),
                heads,
                c.has("num_key_value_heads") ? c.positive("num_key_value_heads") : heads,
                headDim,
                c.positive("intermediate_size"),
                Activation.of("hidden_act", c.text("hidden_act", "silu")),
                c.has("max_position_embeddings") ? c.positive("max_position_embeddings") : 131_072,
                c.number("rms_norm_eps", 1e-6),
                // Left out, it is what the first Mistral has; null says that there is none.
                c.integer("sliding_window", c.keys().contains("sliding_window") ? 0 : SLIDING_WINDOW),
                c.bool("tie_word_embeddings", false),
                Rope.of(c, headDim),
                c.dropout("attention_dropout", 0));
        c.requireAllKnown();
        if (config.slidingWindow < 0) {
            throw new UserError(
                    "config.json: sliding_window is %d, but must be a number of tokens, or null for no window."
                            .formatted(config.slidingWindow));
        }
        if (config.numAttentionHeads % config.numKeyValueHeads != 0) {
            throw new UserError("config.json: num_attention_heads %d is not a multiple of num_key_value_heads %d."
                    .formatted(config.numAttentionHeads, config.numKeyValueHeads));
        }
        return config;
    }
}
