package org.rduzoo.bert;

import java.util.List;
import java.util.Optional;
import org.rduzoo.samba.Encoder.TextInputs;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Tensor;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Visibility;
import org.rduzoo.samba.nn.Embedding;
import org.rduzoo.samba.nn.LayerNorm;
import org.rduzoo.samba.nn.Linear;

/// BERT's encoder (Devlin et al. 2018, arXiv 1810.04805): each layer attends over the whole text, and normalises after
/// it has added back.
///
/// Each path handed to [Params#at] is the Hugging Face one, so a checkpoint loads with no mapping.
/// Shapes: `B` texts, `T` tokens, `C` hidden size, `H` heads of size `D`.
public record Bert(BertConfig config, Embeddings embeddings, List<Layer> layers) {

    public static Bert of(BertConfig c, Params params) {
        return new Bert(
                c,
                Embeddings.of(c, params.at("embeddings")),
                params.at("encoder").at("layer").repeat(c.numHiddenLayers(), p -> Layer.of(c, p)));
    }

    /// The last hidden state: `[B, T, C]`.
    public Tensor hidden(TextInputs inputs) {
        Tensor x = embeddings.apply(inputs).dropout(config.hiddenDropout());
        for (Layer layer : layers) {
            x = layer.apply(x, inputs.attentionMask());
        }
        return x;
    }

    /// The sum of what a token is, where it stands, and which of two texts it belongs to.
    public record Embeddings(Embedding word, Embedding position, Embedding tokenType, LayerNorm norm) {

        static Embeddings of(BertConfig c, Params p) {
            return new Embeddings(
                    Embedding.of(
                            p.at("word_embeddings"), c.vocabSize(), c.hiddenSize(), Optional.of((long) c.padTokenId())),
                    Embedding.of(p.at("position_embeddings"), c.maxPositionEmbeddings(), c.hiddenSize()),
                    Embedding.of(p.at("token_type_embeddings"), c.typeVocabSize(), c.hiddenSize()),
                    LayerNorm.of(p.at("LayerNorm"), c.hiddenSize(), c.layerNormEps()));
        }

        Tensor apply(TextInputs inputs) {
            int tokens = inputs.inputIds().dim(1);
            int limit = position.weight().dim(0);
            if (tokens > limit) {
                throw new UserError("%d tokens a text are more than this model's max_position_embeddings, %d."
                        .formatted(tokens, limit));
            }
            Tensor x = word.apply(inputs.inputIds())
                    .plus(tokenType.apply(inputs.tokenTypeIds()))
                    .plus(position.first(tokens));
            return norm.apply(x); //                                                        [B, T, C]
        }
    }

    /// One layer: each half transforms, adds back, and normalises.
    public record Layer(
            SelfAttention attention, LayerNorm attentionNorm, Linear up, Linear down, LayerNorm norm, BertConfig c) {

        static Layer of(BertConfig c, Params p) {
            Params output = p.at("attention").at("output");
            return new Layer(
                    SelfAttention.of(c, p.at("attention")),
                    LayerNorm.of(output.at("LayerNorm"), c.hiddenSize(), c.layerNormEps()),
                    Linear.of(p.at("intermediate").at("dense"), c.hiddenSize(), c.intermediateSize()),
                    Linear.of(p.at("output").at("dense"), c.intermediateSize(), c.hiddenSize()),
                    LayerNorm.of(p.at("output").at("LayerNorm"), c.hiddenSize(), c.layerNormEps()),
                    c);
        }

        Tensor apply(Tensor x, Tensor mask) {
            Tensor h = attentionNorm.apply(
                    attention.apply(x, mask).dropout(c.hiddenDropout()).plus(x)); // [B, T, C]
            Tensor inner = c.hiddenAct().apply(up.apply(h)); //                             [B, T, intermediate]
            return norm.apply(down.apply(inner).dropout(c.hiddenDropout()).plus(h)); //         [B, T, C]
        }
    }

    /// Each token gathers from all tokens that the mask does not leave out.
    public record SelfAttention(Linear query, Linear key, Linear value, Linear output, BertConfig c) {

        static SelfAttention of(BertConfig c, Params p) {
            int width = c.hiddenSize();
            Params self = p.at("self");
            return new SelfAttention(
                    Linear.of(self.at("query"), width, width),
                    Linear.of(self.at("key"), width, width),
                    Linear.of(self.at("value"), width, width),
                    Linear.of(p.at("output").at("dense"), width, width),
                    c);
        }

        Tensor apply(Tensor x, Tensor mask) {
            Tensor q = heads(query.apply(x));
            Tensor k = heads(key.apply(x));
            Tensor v = heads(value.apply(x));
            Tensor gathered =
                    q.attention(k, v, Visibility.masked(mask), 1 / Math.sqrt(c.headSize()), c.attentionDropout());
            return output.apply(gathered.transpose(0, 2, 1, 3).reshape(x.dim(0), x.dim(1), c.hiddenSize()));
        }

        private Tensor heads(Tensor x) {
            return x.reshape(x.dim(0), x.dim(1), c.numAttentionHeads(), c.headSize())
                    .transpose(0, 2, 1, 3); //                                              [B, H, T, D]
        }
    }
}
