package org.rduzoo.bert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.Encoder;
import org.rduzoo.samba.EncoderGraphs;
import org.rduzoo.samba.Params;
import org.rduzoo.samba.Pooling;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.nn.Activation;

final class BertConfigTest {

    private static final Config SMALL = Config.parse("config.json", """
            {
              "model_type": "bert",
              "vocab_size": 10,
              "hidden_size": 8,
              "num_hidden_layers": 1,
              "num_attention_heads": 2,
              "intermediate_size": 16,
              "max_position_embeddings": 6
            }
            """);

    private final BertModel model = new BertModel();

    @Test
    void whatIsLeftOutHasHuggingFacesDefaults() {
        BertConfig c = BertConfig.of(SMALL);
        assertThat(c.hiddenAct()).isEqualTo(Activation.GELU);
        assertThat(c.typeVocabSize()).isEqualTo(2);
        assertThat(c.layerNormEps()).isEqualTo(1e-12);
        assertThat(c.tieWordEmbeddings()).isTrue();
        assertThat(c.addPoolingLayer()).isTrue();
        assertThat(c.headSize()).isEqualTo(4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "vocab_size",
                "hidden_size",
                "num_hidden_layers",
                "num_attention_heads",
                "intermediate_size",
                "max_position_embeddings"
            })
    void sizesMustBeThereAndPositive(String key) {
        assertThatThrownBy(() -> BertConfig.of(SMALL.with(key, "null")))
                .isInstanceOf(UserError.class)
                .hasMessageStartingWith("config.json lacks the key " + key + ".");
        assertThatThrownBy(() -> BertConfig.of(SMALL.with(key, "0")))
                .isInstanceOf(UserError.class)
                .hasMessage("config.json: " + key + " is 0, but must be at least 1.");
    }

    @ParameterizedTest
    @CsvSource({
        "position_embedding_type, relative_key, '\"relative_key\"', '\"absolute\"'",
        "position_embedding_type, relative_key_query, '\"relative_key_query\"', '\"absolute\"'",
        "is_decoder, true, true, false",
        "add_cross_attention, true, true, false",
        "model_type, roberta, '\"roberta\"', '\"bert\"'"
    })
    void whatChangesTheMathematicsIsRefused(String key, String value, String shown, String supported) {
        assertThatThrownBy(() -> BertConfig.of(SMALL.with(key, value)))
                .isInstanceOf(UserError.class)
                .hasMessage(
                        "config.json: %s is %s, which is not supported; only %s is.".formatted(key, shown, supported));
    }

    @Test
    void aKeyThatNobodyKnowsIsRefusedByName() {
        assertThatThrownBy(
                        () -> BertConfig.of(SMALL.with("quantization_config", "{\"quant_method\": \"bitsandbytes\"}")))
                .isInstanceOf(UserError.class)
                .hasMessageStartingWith("config.json: the key quantization_config"
                        + " ({\"quant_method\":\"bitsandbytes\"}) is not supported");
        assertThatThrownBy(() -> BertConfig.of(SMALL.with("layer_norm_epsilon", "1e-5")))
                .hasMessageContaining("Did you mean layer_norm_eps?");
    }

    @Test
    void anUnknownActivationIsRefusedWithTheNearest() {
        assertThatThrownBy(() -> BertConfig.of(SMALL.with("hidden_act", "gelu_neu")))
                .isInstanceOf(UserError.class)
                .hasMessageStartingWith("config.json: hidden_act is \"gelu_neu\", which is not supported."
                        + " Did you mean gelu_new? Supported: gelu, ");
    }

    @Test
    void anUnknownArchitectureIsRefusedWithTheKnownOnes() {
        assertThatThrownBy(() -> build(SMALL.with("architectures", "[\"BertForQuestionAnswering\"]")))
                .isInstanceOf(UserError.class)
                .hasMessageStartingWith("config.json: architectures names BertForQuestionAnswering, which is not"
                        + " supported. Supported: BertModel, BertForMaskedLM, BertForSequenceClassification");
    }

    @Test
    void headsMustDivideTheHiddenSize() {
        assertThatThrownBy(() -> BertConfig.of(SMALL.with("num_attention_heads", "3")))
                .isInstanceOf(UserError.class)
                .hasMessage("config.json: hidden_size 8 is not a multiple of num_attention_heads 3.");
    }

    @Test
    void aTextLongerThanThePositionsIsRefused() {
        assertThat(model.maxSequenceLength(SMALL)).isEqualTo(6);
        assertThat(embedding(6).graph().output("embedding")).isPresent();
        assertThatThrownBy(() -> embedding(7))
                .isInstanceOf(UserError.class)
                .hasMessage("7 tokens a text are more than this model's max_position_embeddings, 6.");
    }

    @Test
    void theArchitectureChoosesTheHead() {
        assertThat(build(SMALL).head()).isEqualTo(Encoder.Head.NONE);
        assertThat(build(SMALL.with("architectures", "[\"BertForMaskedLM\"]")).head())
                .isEqualTo(Encoder.Head.MASKED_LM);
        Encoder classifier = build(SMALL.with("architectures", "[\"BertForSequenceClassification\"]")
                .with("id2label", "{\"0\": \"bad\", \"1\": \"good\", \"2\": \"fine\"}"));
        assertThat(classifier.head()).isEqualTo(Encoder.Head.CLASSIFICATION);
        assertThat(classifier.labels()).containsExactly("bad", "good", "fine");
    }

    @Test
    void aClassifierMeasuresItsLossAsItsProblemTypeSays() {
        Config classifier = SMALL.with("architectures", "[\"BertForSequenceClassification\"]");
        assertThat(targetText(classifier)).contains("LABELS I64 [4]");
        assertThat(targetText(classifier.with("num_labels", "1"))).contains("LABELS F32 [4, 1]");
        assertThat(targetText(classifier.with("problem_type", "multi_label_classification")))
                .contains("LABELS F32 [4, 2]");
        assertThatThrownBy(() -> build(classifier.with("problem_type", "ranking")))
                .isInstanceOf(UserError.class)
                .hasMessageStartingWith("config.json: problem_type is \"ranking\"; it must be regression,");
    }

    @Test
    void aCheckpointWithoutAPoolerHasNoLoss() {
        Config config = SMALL.with("add_pooling_layer", "false");
        assertThat(build(config).target(1, 4)).isEmpty();
        assertThatThrownBy(() -> EncoderGraphs.forward("bert", model, config, 1, 4, true))
                .isInstanceOf(UserError.class)
                .hasMessage("This model yields nothing to measure a loss on.");
    }

    @Test
    void anUntiedDecoderHasAWeightOfItsOwn() {
        Config config = SMALL.with("architectures", "[\"BertForMaskedLM\"]").with("tie_word_embeddings", "false");
        assertThat(EncoderGraphs.forward("bert", model, config, 1, 4, false).parameters())
                .extracting(Trace.Parameter::name)
                .contains("cls.predictions.decoder.weight", "bert.embeddings.word_embeddings.weight");
    }

    private Optional<String> targetText(Config config) {
        return build(config).target(4, 5).map(t -> "LABELS " + t.dtype() + " " + t.dims());
    }

    private Encoder build(Config config) {
        return model.build(config, Params.shapes(new Trace("bert")));
    }

    private Trace embedding(int tokens) {
        return EncoderGraphs.embedding("bert", model, SMALL, 1, tokens, Pooling.MEAN, true);
    }
}
