package org.rduzoo.bert;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.Encoder;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Tensor;
import org.rduzoo.samba.nn.Linear;

/// The encoder alone (`BertModel`), with a pooler over the first token where the checkpoint has one.
///
/// Its loss is for tests: the sum of `pooler_output · pooler_weights`.
record BertEncoder(Bert bert, Optional<Linear> pooler) implements Encoder {

    static BertEncoder of(BertConfig c, Params params) {
        Optional<Linear> pooler = c.addPoolingLayer() ? Optional.of(pooler(c, params)) : Optional.empty();
        return new BertEncoder(Bert.of(c, params), pooler);
    }

    static Linear pooler(BertConfig c, Params params) {
        return Linear.of(params.at("pooler").at("dense"), c.hiddenSize(), c.hiddenSize());
    }

    /// `[B, T, C] -> [B, C]`.
    static Tensor pool(Linear pooler, Tensor hidden) {
        return pooler.apply(hidden.at(1, 0)).tanh();
    }

    @Override
    public Head head() {
        return Head.NONE;
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
        SequencedMap<String, Tensor> outputs = new LinkedHashMap<>();
        outputs.put("last_hidden_state", hidden);
        pooler.ifPresent(p -> outputs.put("pooler_output", pool(p, hidden)));
        return outputs;
    }

    @Override
    public Optional<Target> target(int batch, int tokens) {
        return pooler.map(_ -> new Target(
                "pooler_weights", DType.F32, List.of(batch, bert.config().hiddenSize()), Reduction.SUM));
    }

    @Override
    public Tensor losses(Map<String, Tensor> outputs, Tensor target) {
        return Objects.requireNonNull(outputs.get("pooler_output")).times(target);
    }

    @Override
    public Tensor loss(Map<String, Tensor> outputs, Tensor target) {
        return losses(outputs, target).sum();
    }
}
