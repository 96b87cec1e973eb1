package org.rduzoo.llama;

import java.util.Collections;
import java.util.List;
import org.rduzoo.samba.CausalLm;
import org.rduzoo.samba.KvCache;
import org.rduzoo.samba.KvShape;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Tensor;
import org.rduzoo.samba.nn.DecoderLayer;
import org.rduzoo.samba.nn.Embedding;
import org.rduzoo.samba.nn.GatedMlp;
import org.rduzoo.samba.nn.GroupedQueryAttention;
import org.rduzoo.samba.nn.Linear;
import org.rduzoo.samba.nn.RmsNorm;

/// Llama 2 and 3 (Touvron et al. 2023, arXiv 2307.09288; Dubey et al. 2024, arXiv 2407.21783): a pre-norm decoder with
/// grouped-query attention, rotary positions and a SwiGLU feed-forward.
///
/// Each path handed to [Params#at] is the Hugging Face one, so a checkpoint loads with no mapping.
/// Shapes: `B` texts, `T` tokens in this run, `C` hidden size, `V` vocabulary.
public record Llama(LlamaConfig config, Embedding embedTokens, List<DecoderLayer> layers, RmsNorm norm, Linear lmHead)
        implements CausalLm {

    /// Builds the model over `params`: loaded weights to run, random ones to train, or shapes alone to compile.
    public static Llama of(LlamaConfig c, Params params) {
        Params model = params.at("model");
        Embedding embedTokens = Embedding.of(model.at("embed_tokens"), c.vocabSize(), c.hiddenSize());
        List<DecoderLayer> layers = model.at("layers").repeat(c.numHiddenLayers(), p -> layer(c, p));
        RmsNorm norm = RmsNorm.of(model.at("norm"), c.hiddenSize(), c.rmsNormEps());
        Linear lmHead = c.tieWordEmbeddings()
                ? embedTokens.asLinear()
                : Linear.withoutBias(params.at("lm_head"), c.hiddenSize(), c.vocabSize());
        return new Llama(c, embedTokens, layers, norm, lmHead);
    }

    @Override
    public List<KvShape> cacheShapes() {
        return Collections.nCopies(layers.size(), new KvShape(config.numKeyValueHeads(), config.headDim(), 0));
    }

    @Override
    public Tensor hidden(Tensor inputIds, KvCache cache) {
        Tensor x = embedTokens.apply(inputIds); //                                          [B, T, C]
        for (int i = 0; i < layers.size(); i++) {
            x = layers.get(i).apply(x, cache, i);
        }
        return norm.apply(x);
    }

    @Override
    public Tensor logits(Tensor hidden) {
        return lmHead.apply(hidden); //                                                     [.., V]
    }

    private static DecoderLayer layer(LlamaConfig c, Params p) {
        return new DecoderLayer(
                RmsNorm.of(p.at("input_layernorm"), c.hiddenSize(), c.rmsNormEps()),
                GroupedQueryAttention.of(
                        p.at("self_attn"),
                        c.hiddenSize(),
                        c.numAttentionHeads(),
                        c.numKeyValueHeads(),
                        c.headDim(),
                        c.attentionBias(),
                        c.rope(),
                        c.attentionDropout()),
                RmsNorm.of(p.at("post_attention_layernorm"), c.hiddenSize(), c.rmsNormEps()),
                GatedMlp.of(p.at("mlp"), c.hiddenSize(), c.intermediateSize(), c.mlpBias(), c.hiddenAct()));
    }
}
