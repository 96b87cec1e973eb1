package org.rduzoo.mistral;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.rduzoo.ir.Graph;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderGraphs;
import org.rduzoo.samba.UserError;

final class MistralConfigTest {

    private static Config json(String more) {
        return Config.parse("config.json", """
                {"vocab_size": 96, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
                 "intermediate_size": 56%s}""".formatted(more));
    }

    private static MistralConfig with(String key) {
        return MistralConfig.of(json(", " + key));
    }

    @Test
    void aWindowIsTheFirstMistralsUnlessTheFileSaysOtherwise() {
        assertThat(MistralConfig.of(json("")).slidingWindow()).isEqualTo(4096);
        assertThat(with("\"sliding_window\": 8").slidingWindow()).isEqualTo(8);
        assertThat(with("\"sliding_window\": null").slidingWindow()).isZero();
        assertThat(with("\"sliding_window\": 0").slidingWindow()).isZero();
    }

    @Test
    void aCacheHoldsTheWindowAndAChunkHoweverLongATextIs() {
        assertThat(slots("\"sliding_window\": 8", 1000)).isEqualTo(8 + 16 - 1);
        assertThat(slots("\"sliding_window\": 8", 100_000)).isEqualTo(8 + 16 - 1);
        assertThat(slots("\"sliding_window\": 8", 20)).isEqualTo(20);
        assertThat(slots("\"sliding_window\": null", 1000)).isEqualTo(1000);
    }

    private static int slots(String key, int tokens) {
        return DecoderGraphs.step("step", new MistralModel(), json(", " + key), 1, 16, tokens, 16)
                .graph()
                .inputs(Graph.Kind.STATE)
                .findFirst()
                .orElseThrow()
                .value()
                .type()
                .dim(2);
    }

    @Test
    void whatIsNotSupportedIsNamed() {
        assertRefuses("\"sliding_window\": -1", "sliding_window");
        assertRefuses("\"num_key_value_heads\": 3", "num_key_value_heads 3");
        assertRefuses("\"model_type\": \"llama\"", "llama");
        assertRefuses("\"attention_bias\": true", "attention_bias");
        assertRefuses("\"hidden_act\": \"silo\"", "silu");
    }

    private static void assertRefuses(String key, String message) {
        assertThatThrownBy(() -> with(key)).isInstanceOf(UserError.class).hasMessageContaining(message);
    }
}
