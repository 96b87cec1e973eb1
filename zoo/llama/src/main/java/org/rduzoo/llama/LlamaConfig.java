package org.rduzoo.llama;

import org.rduzoo.samba.Config;
import org.rduzoo.samba.Dropout;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.nn.Activation;
import org.rduzoo.samba.nn.Rope;

/// What `config.json` says of a Llama; each field is the key of its name.
///
/// @param rope from `rope_parameters`, or `rope_theta` and `rope_scaling`
public record LlamaConfig(
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
        boolean attentionBias,
        boolean mlpBias,
        boolean tieWordEmbeddings,
        Rope rope,
        Dropout attentionDropout) {

    /// @throws UserError when a key is missing, wrong, or asks for what is not supported
    public static LlamaConfig of(Config c) {
        c.requireOnly("model_type", "llama");
        int heads = c.positive("num_attention_heads");
        int hidden = c.positive("hidden_size");
        if (!c.has("head_dim") && hidden % heads != 0) {
            throw new UserError(
                    "config.json: hidden_size %d is not a multiple of num_attention_heads %d, and there is no head_dim."
                            .formatted(hidden, heads));
        }
        int headDim = c.has("head_dim") ? c.positive("head_dim") : hidden / heads;
        LlamaConfig config = new LlamaConfig(
                c.positive("vocab_size"),
                hidden,
                c.positive("num_hidden_layers"),
                heads,
                c.has("num_key_value_heads") ? c.positive("num_key_value_heads") : heads,
                headDim,
                c.positive("intermediate_size"),
                Activation.of("hidden_act", c.text("hidden_act", "silu")),
                c.has("max_position_embeddings") ? c.positive("max_position_embeddings") : 2048,
                c.number("rms_norm_eps", 1e-6),
                c.bool("attention_bias", false),
                c.bool("mlp_bias", false),
                c.bool("tie_word_embeddings", false),
                Rope.of(c, headDim),
                c.dropout("attention_dropout", 0));
        // How a trainer split its products.
        c.integer("pretraining_tp", 1);
        c.requireAllKnown();
        if (config.numAttentionHeads % config.numKeyValueHeads != 0) {
            throw new UserError("config.json: num_attention_heads %d is not a multiple of num_key_value_heads %d."
                    .formatted(config.numAttentionHeads, config.numKeyValueHeads));
        }
        return config;
    }
}
