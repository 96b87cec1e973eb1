package org.rduzoo.bert;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.Encoder;
import org.rduzoo.samba.Losses;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Tensor;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.nn.Linear;

/// BERT with the head that labels a text (`BertForSequenceClassification`): `[B, T, C] -> logits [B, labels]`.
record BertForSequenceClassification(Bert bert, Linear pooler, Linear classifier, Problem problem, List<String> labels)
        implements Encoder {

    /// What the labels are (`problem_type`).
    enum Problem {
        REGRESSION,
        SINGLE_LABEL_CLASSIFICATION,
        MULTI_LABEL_CLASSIFICATION
    }

    static BertForSequenceClassification of(BertConfig c, Config config, Params params) {
        Params body = params.at("bert");
        List<String> labels = labels(config);
        return new BertForSequenceClassification(
                Bert.of(c, body),
                BertEncoder.pooler(c, body),
                Linear.of(params.at("classifier"), c.hiddenSize(), labels.size()),
                problem(config, labels.size()),
                labels);
    }

    @Override
    public Head head() {
        return Head.CLASSIFICATION;
    }

    @Override
    public Tensor hidden(TextInputs inputs) {
        return bert.hidden(inputs);
    }

    @Override
    public SequencedMap<String, Tensor> outputs(Tensor hidden) {
        SequencedMap<String, Tensor> outputs = new LinkedHashMap<>();
        Tensor pooled = BertEncoder.pool(pooler, hidden).dropout(bert.config().classifierDropout());
        outputs.put("logits", classifier.apply(pooled)); //                                 [B, labels]
        return outputs;
    }

    @Override
    public Optional<Target> target(int batch, int tokens) {
        return Optional.of(
                switch (problem) {
                    case SINGLE_LABEL_CLASSIFICATION -> new Target("labels", DType.I64, List.of(batch), Reduction.MEAN);
                    case REGRESSION, MULTI_LABEL_CLASSIFICATION ->
                        new Target("labels", DType.F32, List.of(batch, labels.size()), Reduction.MEAN);
                });
    }

    @Override
    public Tensor losses(Map<String, Tensor> outputs, Tensor target) {
        Tensor logits = Objects.requireNonNull(outputs.get("logits"));
        return switch (problem) {
            case SINGLE_LABEL_CLASSIFICATION -> Losses.crossEntropies(logits, target);
            case REGRESSION -> Losses.squaredErrors(logits, target);
            case MULTI_LABEL_CLASSIFICATION -> Losses.binaryCrossEntropies(logits, target);
        };
    }

    @Override
    public Tensor loss(Map<String, Tensor> outputs, Tensor target) {
        Tensor logits = Objects.requireNonNull(outputs.get("logits"));
        return switch (problem) {
            case SINGLE_LABEL_CLASSIFICATION -> Losses.crossEntropy(logits, target);
            case REGRESSION -> Losses.meanSquaredError(logits, target);
            case MULTI_LABEL_CLASSIFICATION -> Losses.binaryCrossEntropy(logits, target);
        };
    }

    private static Problem problem(Config config, int labels) {
        String name = config.text("problem_type", labels == 1 ? "regression" : "single_label_classification");
        return switch (name) {
            case "regression" -> Problem.REGRESSION;
            case "single_label_classification" -> Problem.SINGLE_LABEL_CLASSIFICATION;
            case "multi_label_classification" -> Problem.MULTI_LABEL_CLASSIFICATION;
            default ->
                throw new UserError(("config.json: problem_type is \"%s\"; it must be regression,"
                                + " single_label_classification or multi_label_classification.")
                        .formatted(name));
        };
    }

    /// The labels' names by number: `id2label`, else as many as `num_labels` says, else two.
    private static List<String> labels(Config config) {
        Map<String, Object> names = config.object("id2label");
        int count = config.integer("num_labels", names.isEmpty() ? 2 : names.size());
        return IntStream.range(0, count)
                .mapToObj(i -> String.valueOf(names.getOrDefault(Integer.toString(i), "LABEL_" + i)))
                .toList();
    }
}
