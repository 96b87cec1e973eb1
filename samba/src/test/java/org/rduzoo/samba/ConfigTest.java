package org.rduzoo.samba;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigTest {

    private static Config config(String json) {
        return Config.parse("config.json", json);
    }

    @Test
    void keysAreReadAsWhatTheyAre() {
        Config c = config("""
                {"n": 3, "whole": 4.0, "eps": 1e-12, "on": true, "name": "gelu", "list": ["a", "b"], "map": {"0": "x"}}
                """);
        assertThat(c.integer("n")).isEqualTo(3);
        assertThat(c.integer("whole")).isEqualTo(4);
        assertThat(c.positive("n")).isEqualTo(3);
        assertThat(c.number("eps", 1)).isEqualTo(1e-12);
        assertThat(c.number("n", 1)).isEqualTo(3);
        assertThat(c.bool("on", false)).isTrue();
        assertThat(c.text("name", "relu")).isEqualTo("gelu");
        assertThat(c.texts("list")).containsExactly("a", "b");
        assertThat(c.object("map")).containsEntry("0", "x");
    }

    @Test
    void whatIsMissingOrNullHasTheDefault() {
        Config c = config("{\"nothing\": null}");
        for (String key : List.of("nothing", "missing")) {
            assertThat(c.integer(key, 7)).isEqualTo(7);
            assertThat(c.number(key, 0.5)).isEqualTo(0.5);
            assertThat(c.bool(key, true)).isTrue();
            assertThat(c.text(key, "x")).isEqualTo("x");
            assertThat(c.texts(key)).isEmpty();
            assertThat(c.object(key)).isEmpty();
            assertThat(c.has(key)).isFalse();
        }
    }

    @Test
    void aRequiredKeyThatIsMissingIsNamedWithTheNearestThere() {
        assertThatThrownBy(() -> config("{\"hiden_size\": 4}").integer("hidden_size"))
                .isInstanceOf(UserError.class)
                .hasMessage("config.json lacks the key hidden_size. Did you mean hiden_size?");
        assertThatThrownBy(() -> config("{}").positive("hidden_size"))
                .isInstanceOf(UserError.class)
                .hasMessage("config.json lacks the key hidden_size.");
    }

    @Test
    void aValueOfAnotherTypeIsShown() {
        Config c = config("{\"n\": \"three\", \"half\": 1.5, \"zero\": 0, \"big\": 3000000000}");
        assertThatThrownBy(() -> c.integer("n"))
                .isInstanceOf(UserError.class)
                .hasMessage("config.json: n is \"three\", but must be a whole number.");
        assertThatThrownBy(() -> c.integer("half")).hasMessage("config.json: half is 1.5, but must be a whole number.");
        assertThatThrownBy(() -> c.integer("big")).isInstanceOf(UserError.class);
        assertThatThrownBy(() -> c.positive("zero")).hasMessage("config.json: zero is 0, but must be at least 1.");
        assertThatThrownBy(() -> c.number("n", 1)).hasMessage("config.json: n is \"three\", but must be a number.");
        assertThatThrownBy(() -> c.bool("zero", false))
                .hasMessage("config.json: zero is 0, but must be true or false.");
        assertThatThrownBy(() -> c.text("zero", "")).hasMessage("config.json: zero is 0, but must be a text.");
        assertThatThrownBy(() -> c.texts("n")).hasMessage("config.json: n is \"three\", but must be a list of texts.");
        assertThatThrownBy(() -> c.object("n")).hasMessage("config.json: n is \"three\", but must be an object.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[1]", "{", "null", "3", "{\"a\": 1}}"})
    void whatIsNoJsonObjectIsRefused(String text) {
        assertThatThrownBy(() -> config(text))
                .isInstanceOf(UserError.class)
                .hasMessageStartingWith("config.json ")
                .hasMessageContaining("JSON object");
    }

    @Test
    void aKeyThatNobodyReadAndMayHaveAnEffectIsRefusedByName() {
        Config c = config("{\"layer_norm_eps\": 1e-5, \"layer_norm_epsilon\": 1e-6}");
        assertThat(c.number("layer_norm_eps", 1e-12)).isEqualTo(1e-5);
        assertThatThrownBy(c::requireAllKnown)
                .isInstanceOf(UserError.class)
                .hasMessage("config.json: the key layer_norm_epsilon (1.0E-6) is not supported, and it may change what"
                        + " the model computes. Did you mean layer_norm_eps? If it does not, leave it out with"
                        + " --set layer_norm_epsilon=null.");
        Config mended = c.with("layer_norm_epsilon", "null");
        assertThat(mended.has("layer_norm_eps")).isTrue();
        assertThat(mended.number("layer_norm_eps", 1e-12)).isEqualTo(1e-5);
        assertThatCode(mended::requireAllKnown).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "false", "0", "0.0", "\"\"", "[]", "{}"})
    void aKeyThatNobodyReadPassesWhenItIsEmpty(String value) {
        assertThatCode(() -> config("{\"rope_scaling\": " + value + "}").requireAllKnown())
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "1", "0.5", "\"x\"", "[0]", "{\"a\": null}"})
    void aKeyThatNobodyReadIsRefusedWhenItIsNot(String value) {
        assertThatThrownBy(() -> config("{\"rope_scaling\": " + value + "}").requireAllKnown())
                .isInstanceOf(UserError.class)
                .hasMessageContaining("rope_scaling");
    }

    @Test
    void keysWithoutEffectPass() {
        assertThatCode(() -> config("{\"transformers_version\": \"5.0\", \"use_cache\": true}")
                        .requireAllKnown())
                .doesNotThrowAnyException();
    }

    @Test
    void onlyTheSupportedValueOrNonePasses() {
        assertThatCode(() -> config("{}").requireOnly("is_decoder", false)).doesNotThrowAnyException();
        assertThatCode(() -> config("{\"is_decoder\": false}").requireOnly("is_decoder", false))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> config("{\"is_decoder\": true}").requireOnly("is_decoder", false))
                .isInstanceOf(UserError.class)
                .hasMessage("config.json: is_decoder is true, which is not supported; only false is.");
    }

    @Test
    void withSetsJsonOrTextAndNullTakesOut() {
        Config c = config("{\"a\": 1, \"b\": 2}");
        assertThat(c.with("a", "5").integer("a")).isEqualTo(5);
        assertThat(c.with("a", "relu").text("a", "")).isEqualTo("relu");
        assertThat(c.with("a", "\"7\"").text("a", "")).isEqualTo("7");
        assertThat(c.with("a", "[\"x\"]").texts("a")).containsExactly("x");
        assertThat(c.with("a", "null").keys()).containsExactly("b");
        assertThat(c.with("c", "true").keys()).containsExactly("a", "b", "c");
        assertThat(c.integer("a")).isEqualTo(1);
    }

    @Test
    void theCanonicalTextDoesNotDependOnTheOrderOfKeys() {
        assertThat(config("{\"b\": 2, \"a\": 1}").canonicalJson())
                .isEqualTo(config("{ \"a\":1, \"b\":2 }").canonicalJson())
                .isEqualTo("{\"a\":1,\"b\":2}");
    }
}
