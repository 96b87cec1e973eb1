package org.rduzoo.bert;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.Encoder;
import org.rduzoo.samba.Init;
import org.rduzoo.samba.Losses;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Tensor;
import org.rduzoo.samba.nn.LayerNorm;
import org.rduzoo.samba.nn.Linear;

/// BERT with the head that guesses masked words (`BertForMaskedLM`): `[B, T, C] -> logits [B, T, V]`.
record BertForMaskedLm(Bert bert, Linear transform, LayerNorm norm, Linear decoder) implements Encoder {

    static BertForMaskedLm of(BertConfig c, Params params) {
        Bert bert = Bert.of(c, params.at("bert"));
        Params head = params.at("cls").at("predictions");
        Tensor table = c.tieWordEmbeddings()
                ? bert.embeddings().word().weight()
                : head.at("decoder").get("weight", Init.normal(0.02), c.vocabSize(), c.hiddenSize());
        return new BertForMaskedLm(
                bert,
                Linear.of(head.at("transform").at("dense"), c.hiddenSize(), c.hiddenSize()),
                LayerNorm.of(head.at("transform").at("LayerNorm"), c.hiddenSize(), c.layerNormEps()),
                new Linear(table, Optional.of(head.get("bias", Init.ZEROS, c.vocabSize()))));
    }

    @Override
    public Head head() {
        return Head.MASKED_LM;
    }

    @Override
    public List<String> labels() {
        return List.of();
    }

    @Override
    public Tensor hidden(TextInputs inputs) {
        return bert.hidden(inputs);
    }

    @Override
    public SequencedMap<String, Tensor> outputs(Tensor hidden) {
        Tensor h = norm.apply(bert.config().hiddenAct().apply(transform.apply(hidden))); //  [B, T, C]
        SequencedMap<String, Tensor> outputs = new LinkedHashMap<>();
        outputs.put("logits", decoder.apply(h)); //                                          [B, T, V]
        return outputs;
    }

    @Override
    public Optional<Target> target(int batch, int tokens) {
        return Optional.of(new Target("labels", DType.I64, List.of(batch, tokens), Reduction.MEAN));
    }

    @Override
    public Tensor losses(Map<String, Tensor> outputs, Tensor target) {
        return Losses.crossEntropies(Objects.requireNonNull(outputs.get("logits")), target);
    }

    @Override
    public Tensor loss(Map<String, Tensor> outputs, Tensor target) {
        return Losses.crossEntropy(Objects.requireNonNull(outputs.get("logits")), target);
    }
}
