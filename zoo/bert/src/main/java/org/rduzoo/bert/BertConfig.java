package org.rduzoo.bert;

import org.rduzoo.samba.Config;
import org.rduzoo.samba.Dropout;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.nn.Activation;

/// What `config.json` says of a BERT; each field is the key of its name.
///
/// @param addPoolingLayer whether the base encoder has a pooler; a key of ours, for checkpoints without one
public record BertConfig(
        int vocabSize,
        int hiddenSize,
        int numHiddenLayers,
        int numAttentionHeads,
        int intermediateSize,
        Activation hiddenAct,
        int maxPositionEmbeddings,
        int typeVocabSize,
        double layerNormEps,
        int padTokenId,
        Dropout hiddenDropout,
        Dropout attentionDropout,
        Dropout classifierDropout,
        boolean tieWordEmbeddings,
        boolean addPoolingLayer) {

    /// @throws UserError when a key is missing, wrong, or asks for what is not supported
    public static BertConfig of(Config c) {
        c.requireOnly("model_type", "bert");
        c.requireOnly("position_embedding_type", "absolute");
        c.requireOnly("is_decoder", false);
        c.requireOnly("add_cross_attention", false);
        Dropout dropout = c.dropout("hidden_dropout_prob", 0.1);
        BertConfig config = new BertConfig(
                c.positive("vocab_size"),
                c.positive("hidden_size"),
                c.positive("num_hidden_layers"),
                c.positive("num_attention_heads"),
                c.positive("intermediate_size"),
                Activation.of("hidden_act", c.text("hidden_act", "gelu")),
                c.positive("max_position_embeddings"),
                c.integer("type_vocab_size", 2),
                c.number("layer_norm_eps", 1e-12),
                c.integer("pad_token_id", 0),
                dropout,
                c.dropout("attention_probs_dropout_prob", 0.1),
                c.dropout("classifier_dropout", dropout.usual()),
                c.bool("tie_word_embeddings", true),
                c.bool("add_pooling_layer", true));
        c.requireAllKnown();
        if (config.hiddenSize % config.numAttentionHeads != 0) {
            throw new UserError("config.json: hidden_size %d is not a multiple of num_attention_heads %d."
                    .formatted(config.hiddenSize, config.numAttentionHeads));
        }
        return config;
    }

    int headSize() {
        return hiddenSize / numAttentionHeads;
    }
}
