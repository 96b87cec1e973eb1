package org.rduzoo.gpt2;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.rduzoo.samba.CausalLm;
import org.rduzoo.samba.Dropout;
import org.rduzoo.samba.Init;
import org.rduzoo.samba.KvCache;
import org.rduzoo.samba.KvShape;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Tensor;
import org.rduzoo.samba.nn.Activation;
import org.rduzoo.samba.nn.Embedding;
import org.rduzoo.samba.nn.LayerNorm;
import org.rduzoo.samba.nn.Linear;

/// GPT-2 (Radford et al. 2019), and GPT-3's shapes (Brown et al. 2020, arXiv 2005.14165): a pre-norm decoder with
/// learned positions.
///
/// Each path handed to [Params#at] is the Hugging Face one, so a checkpoint loads with no mapping.
/// Shapes: `B` texts, `T` tokens in this run, `C` width, `H` heads of size `D`, `V` vocabulary.
public record Gpt2(Gpt2Config config, Embedding wte, Embedding wpe, List<Block> h, LayerNorm lnF, Linear lmHead)
        implements CausalLm {

    /// Builds the model over `params`: loaded weights to run, random ones to train, or shapes alone to compile.
    public static Gpt2 of(Gpt2Config c, Params params) {
        Params transformer = params.at("transformer");
        Embedding wte = Embedding.of(transformer.at("wte"), c.vocabSize(), c.nEmbd());
        return new Gpt2(
                c,
                wte,
                Embedding.of(transformer.at("wpe"), c.nPositions(), c.nEmbd()),
                transformer.at("h").repeat(c.nLayer(), p -> Block.of(c, p)),
                LayerNorm.of(transformer.at("ln_f"), c.nEmbd(), c.layerNormEpsilon()),
                c.tieWordEmbeddings()
                        ? wte.asLinear()
                        : Linear.withoutBias(params.at("lm_head"), c.nEmbd(), c.vocabSize()));
    }

    @Override
    public List<KvShape> cacheShapes() {
        return Collections.nCopies(h.size(), new KvShape(config.nHead(), config.headSize(), 0));
    }

    @Override
    public Tensor hidden(Tensor inputIds, KvCache cache) {
        // What pads the last run of a prompt may stand beyond the table; nobody reads what becomes of it.
        Tensor positions = cache.positions(inputIds.dim(1)).min(config.nPositions() - 1); // [B, T]
        Tensor sum = wte.apply(inputIds).plus(wpe.apply(positions)); //                     [B, T, C]
        Tensor x = sum.dropout(config.embdPdrop());
        for (int i = 0; i < h.size(); i++) {
            x = h.get(i).apply(x, cache.layer(i), config.attentionScale(i));
        }
        return lnF.apply(x);
    }

    @Override
    public Tensor logits(Tensor hidden) {
        return lmHead.apply(hidden); //                                                     [.., V]
    }

    /// One layer: each half normalises, transforms, and adds back to the residual stream.
    public record Block(LayerNorm ln1, Attention attn, LayerNorm ln2, Mlp mlp, Dropout residPdrop) {

        static Block of(Gpt2Config c, Params p) {
            return new Block(
                    LayerNorm.of(p.at("ln_1"), c.nEmbd(), c.layerNormEpsilon()),
                    Attention.of(c, p.at("attn")),
                    LayerNorm.of(p.at("ln_2"), c.nEmbd(), c.layerNormEpsilon()),
                    Mlp.of(c, p.at("mlp")),
                    c.residPdrop());
        }

        Tensor apply(Tensor x, KvCache.Layer cache, double scale) {
            Tensor h = x.plus(attn.apply(ln1.apply(x), cache, scale).dropout(residPdrop)); // [B, T, C]
            return h.plus(mlp.apply(ln2.apply(h)).dropout(residPdrop)); //                  [B, T, C]
        }
    }

    /// Causal self-attention; one product makes queries, keys and values.
    public record Attention(Conv1D cAttn, Conv1D cProj, int heads, Dropout attnPdrop) {

        static Attention of(Gpt2Config c, Params p) {
            return new Attention(
                    Conv1D.of(p.at("c_attn"), c.nEmbd(), 3 * c.nEmbd(), c.initializerRange()),
                    Conv1D.of(p.at("c_proj"), c.nEmbd(), c.nEmbd(), c.residualDeviation()),
                    c.nHead(),
                    c.attnPdrop());
        }

        Tensor apply(Tensor x, KvCache.Layer cache, double scale) {
            Tensor qkv = cAttn.apply(x); //                                                 [B, T, 3 C]
            Tensor gathered = cache.attend(part(qkv, 0), part(qkv, 1), part(qkv, 2), scale, attnPdrop); // [B, H, T, D]
            return cProj.apply(gathered.transpose(0, 2, 1, 3).reshape(x.dim(0), x.dim(1), x.dim(2)));
        }

        private Tensor part(Tensor qkv, int i) {
            int width = qkv.dim(2) / 3;
            return qkv.slice(2, i * width, width)
                    .reshape(qkv.dim(0), qkv.dim(1), heads, width / heads)
                    .transpose(0, 2, 1, 3); //                                              [B, H, T, D]
        }
    }

    /// `[.., C] -> [.., C]`: widen, bend, narrow.
    public record Mlp(Conv1D cFc, Conv1D cProj, Activation activation) {

        static Mlp of(Gpt2Config c, Params p) {
            return new Mlp(
                    Conv1D.of(p.at("c_fc"), c.nEmbd(), c.nInner(), c.initializerRange()),
                    Conv1D.of(p.at("c_proj"), c.nInner(), c.nEmbd(), c.residualDeviation()),
                    c.activationFunction());
        }

        Tensor apply(Tensor x) {
            return cProj.apply(activation.apply(cFc.apply(x)));
        }
    }

    /// `[.., in] -> [.., out]`: `x · weight + bias`, the weight `[in, out]`, as GPT-2's checkpoints have it.
    public record Conv1D(Tensor weight, Tensor bias) {

        static Conv1D of(Params p, int in, int out, double deviation) {
            return new Conv1D(p.get("weight", Init.normal(deviation), in, out), p.get("bias", Init.ZEROS, out));
        }

        Tensor apply(Tensor x) {
            return x.linear(weight.transpose(1, 0), Optional.of(bias));
        }
    }
}
