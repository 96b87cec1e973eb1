package org.rduzoo.gpt2;

import org.rduzoo.samba.Config;
import org.rduzoo.samba.Dropout;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.nn.Activation;

/// What `config.json` says of a GPT-2; each field is the key of its name.
///
/// @param nInner `n_inner`, or four times the width where it is `null`
public record Gpt2Config(
        int vocabSize,
        int nPositions,
        int nEmbd,
        int nLayer,
        int nHead,
        int nInner,
        Activation activationFunction,
        double layerNormEpsilon,
        double initializerRange,
        Dropout embdPdrop,
        Dropout residPdrop,
        Dropout attnPdrop,
        boolean scaleAttnWeights,
        boolean scaleAttnByInverseLayerIdx,
        boolean tieWordEmbeddings) {

    /// @throws UserError when a key is wrong, or asks for what is not supported
    public static Gpt2Config of(Config c) {
        c.requireOnly("model_type", "gpt2");
        int width = positive(c, "n_embd", 768);
        Gpt2Config config = new Gpt2Config(
                positive(c, "vocab_size", 50257),
                positive(c, "n_positions", 1024),
                width,
                positive(c, "n_layer", 12),
                positive(c, "n_head", 12),
                positive(c, "n_inner", Math.multiplyExact(4, width)),
                Activation.of("activation_function", c.text("activation_function", "gelu_new")),
                c.number("layer_norm_epsilon", 1e-5),
                c.number("initializer_range", 0.02),
                c.dropout("embd_pdrop", 0.1),
                c.dropout("resid_pdrop", 0.1),
                c.dropout("attn_pdrop", 0.1),
                c.bool("scale_attn_weights", true),
                c.bool("scale_attn_by_inverse_layer_idx", false),
                c.bool("tie_word_embeddings", true));
        // Scores are computed in float32 with or without it, and their order is no part of the result.
        c.bool("reorder_and_upcast_attn", false);
        // The head of another task.
        c.bool("summary_use_proj", true);
        c.bool("summary_proj_to_labels", true);
        c.optionalText("summary_activation");
        c.number("summary_first_dropout", 0);
        c.optionalText("summary_type");
        // An old name for what n_positions says.
        c.requireOnly("n_ctx", config.nPositions);
        c.requireAllKnown();
        if (config.nEmbd % config.nHead != 0) {
            throw new UserError(
                    "config.json: n_embd %d is not a multiple of n_head %d.".formatted(config.nEmbd, config.nHead));
        }
        return config;
    }

    private static int positive(Config c, String key, int otherwise) {
        return c.has(key) ? c.positive(key) : otherwise;
    }

    public int headSize() {
        return nEmbd / nHead;
    }

    /// What the scores of layer `i` are multiplied by.
    public double attentionScale(int i) {
        double scale = scaleAttnWeights ? 1 / Math.sqrt(headSize()) : 1;
        return scaleAttnByInverseLayerIdx ? scale / (i + 1) : scale;
    }

    /// How far the weights of products that add to the residual stream stray at first: two a layer add up to one.
    public double residualDeviation() {
        return initializerRange / Math.sqrt(2.0 * nLayer);
    }
}
