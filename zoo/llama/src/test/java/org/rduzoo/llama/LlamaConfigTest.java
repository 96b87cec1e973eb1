package org.rduzoo.llama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.nn.Activation;

final class LlamaConfigTest {

    private static final String SMALL = """
            {"vocab_size": 96, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
             "intermediate_size": 56%s}""";

    private static LlamaConfig with(String... more) {
        return LlamaConfig.of(Config.parse("config.json", SMALL.formatted(", " + String.join(", ", more))));
    }

    @Test
    void whatIsLeftOutIsAsInHuggingFace() {
        LlamaConfig c = LlamaConfig.of(Config.parse("config.json", SMALL.formatted("")));
        assertThat(c.headDim()).isEqualTo(8);
        assertThat(c.numKeyValueHeads()).isEqualTo(4);
        assertThat(c.hiddenAct()).isEqualTo(Activation.SILU);
        assertThat(c.rmsNormEps()).isEqualTo(1e-6);
        assertThat(c.tieWordEmbeddings()).isFalse();
        assertThat(c.maxPositionEmbeddings()).isEqualTo(2048);
        assertThat(c.rope().frequencies().data()).containsExactly(new double[] {1, 0.1, 0.01, 0.001}, within(1e-8));
    }

    @Test
    void bothSpellingsOfRotaryPositionsSayTheSame() {
        LlamaConfig modern = with("""
                "rope_parameters": {"rope_theta": 500000.0, "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
                  "high_freq_factor": 4.0, "original_max_position_embeddings": 16}""");
        LlamaConfig old = with("""
                "rope_theta": 500000.0, "rope_scaling": {"type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
                  "high_freq_factor": 4.0, "original_max_position_embeddings": 16}""");
        assertThat(modern.rope().frequencies().data())
                .isEqualTo(old.rope().frequencies().data());
    }

    @Test
    void linearScalingSlowsEveryPair() {
        double[] plain = with("\"rope_theta\": 100").rope().frequencies().data();
        double[] scaled = with("\"rope_theta\": 100", "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 4}")
                .rope()
                .frequencies()
                .data();
        for (int i = 0; i < plain.length; i++) {
            assertThat(scaled[i]).isEqualTo(plain[i] / 4);
        }
    }

    @Test
    void aHeadSizeOfItsOwnNeedNotDivideTheWidth() {
        assertThat(with("\"head_dim\": 10").headDim()).isEqualTo(10);
    }

    @Test
    void whatIsNotSupportedIsNamed() {
        assertRefuses("\"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 4}", "yarn");
        assertRefuses("\"rope_scaling\": {\"rope_type\": \"linear\"}", "factor");
        assertRefuses("\"rope_theta\": 10, \"rope_parameters\": {\"rope_theta\": 20}", "Leave one out");
        assertRefuses("\"num_key_value_heads\": 3", "num_key_value_heads 3");
        assertRefuses("\"sliding_window\": 8", "sliding_window");
        assertRefuses("\"model_type\": \"mistral\"", "mistral");
        assertRefuses("\"hidden_act\": \"silo\"", "silu");
        assertRefuses("\"head_dim\": 7", "even head size");
    }

    private static void assertRefuses(String key, String message) {
        assertThatThrownBy(() -> with(key)).isInstanceOf(UserError.class).hasMessageContaining(message);
    }
}
