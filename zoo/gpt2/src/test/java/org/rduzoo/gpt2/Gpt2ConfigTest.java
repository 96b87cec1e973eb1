package org.rduzoo.gpt2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderGraphs;
import org.rduzoo.samba.Dropout;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.nn.Activation;

final class Gpt2ConfigTest {

    private static Config json(String more) {
        return Config.parse("config.json", """
                {"model_type": "gpt2", "vocab_size": 96, "n_embd": 32, "n_layer": 2, "n_head": 4%s}""".formatted(more));
    }

    private static Gpt2Config with(String key) {
        return Gpt2Config.of(json(", " + key));
    }

    @Test
    void whatIsLeftOutIsGpt2s() {
        Gpt2Config c = Gpt2Config.of(Config.parse("config.json", "{}"));
        assertThat(c)
                .isEqualTo(new Gpt2Config(
                        50257,
                        1024,
                        768,
                        12,
                        12,
                        3072,
                        Activation.GELU_TANH,
                        1e-5,
                        0.02,
                        new Dropout("embd_pdrop", 0.1),
                        new Dropout("resid_pdrop", 0.1),
                        new Dropout("attn_pdrop", 0.1),
                        true,
                        false,
                        true));
    }

    @Test
    void scoresAreScaledAsAsked() {
        assertThat(with("\"n_inner\": null").attentionScale(1)).isEqualTo(1 / Math.sqrt(8));
        assertThat(with("\"scale_attn_weights\": false").attentionScale(1)).isEqualTo(1);
        assertThat(with("\"scale_attn_by_inverse_layer_idx\": true").attentionScale(1))
                .isEqualTo(1 / Math.sqrt(8) / 2);
    }

    @Test
    void whatIsNotSupportedIsNamed() {
        assertRefuses("\"add_cross_attention\": true", "add_cross_attention");
        assertRefuses("\"activation_function\": \"gelu_nw\"", "gelu_new");
        assertRefuses("\"n_head\": 5", "n_head 5");
        assertRefuses("\"n_ctx\": 512", "n_ctx");
        assertRefuses("\"n_inner\": 0", "n_inner");
        assertRefuses("\"rotary_dim\": 8", "rotary_dim");
        assertThatThrownBy(() -> Gpt2Config.of(Config.parse("config.json", "{\"model_type\": \"gptj\"}")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("gptj");
    }

    @Test
    void aHeadThatIsNotTiedHasItsOwnWeight() {
        Trace trace = DecoderGraphs.forward(
                "gpt2", new Gpt2Model(), json(", \"tie_word_embeddings\": false, \"n_inner\": 40"), 1, 4, false);
        assertThat(trace.parameters())
                .extracting(Trace.Parameter::name)
                .contains("lm_head.weight", "transformer.h.1.mlp.c_fc.weight");
        assertThat(trace.parameters())
                .filteredOn(p -> p.name().equals("transformer.h.1.mlp.c_fc.weight"))
                .extracting(p -> p.type().shape().toString())
                .containsExactly("[32, 40]");
    }

    @ParameterizedTest
    @CsvSource({"gpt2, 124439808", "gpt2-xl, 1557611200", "gpt3-13b, 12853386240"})
    void theShapesThatComeWithItHaveAsManyParametersAsTheyShould(String name, long parameters) throws IOException {
        Config config = Config.parse("config.json", Files.readString(Path.of("configurations", name, "config.json")));
        Trace trace = DecoderGraphs.step("step", new Gpt2Model(), config, 1, 1, 32, 32);
        assertThat(trace.parameters().stream()
                        .map(Trace.Parameter::type)
                        .mapToLong(Type::elements)
                        .sum())
                .isEqualTo(parameters);
    }

    private static void assertRefuses(String key, String message) {
        assertThatThrownBy(() -> with(key)).isInstanceOf(UserError.class).hasMessageContaining(message);
    }
}
