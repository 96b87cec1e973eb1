package org.rduzoo.samba;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;

class PlainJsonTest {

    private static final String CONFIG =
            "{\"model_type\": \"llama\",\n \"rope_theta\": 100000.0, \"rms_norm_eps\": 1e-05, \"head_dim\": 64,"
                    + " \"max\": 8589934592, \"least\": -12, \"zero\": 0, \"tie\": true, \"bias\": false,"
                    + " \"rope_scaling\": null, \"architectures\": [\"LlamaForCausalLM\", \"Ġ\"], \"empty\": [],"
                    + " \"more\": {\"a\": [1, 2.5, {\"b\": {}}]}}";

    @Test
    void whatProgramsWriteIsReadAsTheLibraryReadsIt() {
        assertThat(PlainJson.object(CONFIG).orElseThrow()).isEqualTo(ConfigJson.object(CONFIG));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "null",
                "[]",
                "1",
                "{",
                "{}x",
                "{} {}",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{a:1}",
                "{\"a\":01}",
                "{\"a\":-0}",
                "{\"a\":+1}",
                "{\"a\":.5}",
                "{\"a\":1.}",
                "{\"a\":1e}",
                "{\"a\":NaN}",
                "{\"a\":1e999}",
                "{\"a\":1234567890123456789}",
                "{\"a\":\"\\u0041\"}",
                "{\"a\":\"\t\"}",
                "{\"a\":1,\"a\":2}",
                "{\"a\":[1,]}",
                "{\"a\":tru}",
                "{\"a\":\"b}",
                "\ufeff{}",
                "{\"a\":\"\ufffd\"}",
                "{\"a\":'b'}",
                "{\"a\":1 \"b\":2}"
            })
    void whatIsNotPlainIsLeftToTheLibrary(String json) {
        assertThat(PlainJson.object(json)).isEmpty();
    }

    @Test
    void whatIsDeepIsLeftToTheLibrary() {
        String deep = "{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}";
        assertThat(PlainJson.object(deep)).isEmpty();
    }

    /// It may leave what the library reads, but must not read what that refuses, or read it otherwise.
    @Test
    void nothingIsReadThatTheLibraryRefuses() {
        Random random = new Random(3);
        String alphabet = "{}[]\",:0123456789.eE+-tfn \\a\n";
        int read = 0;
        for (int i = 0; i < 50_000; i++) {
            StringBuilder json = new StringBuilder(CONFIG);
            for (int edit = 0; edit <= random.nextInt(3); edit++) {
                int at = random.nextInt(json.length());
                char c = alphabet.charAt(random.nextInt(alphabet.length()));
                switch (random.nextInt(3)) {
                    case 0 -> json.setCharAt(at, c);
                    case 1 -> json.insert(at, c);
                    default -> json.deleteCharAt(at);
                }
            }
            Optional<Map<String, @Nullable Object>> plain = PlainJson.object(json.toString());
            if (plain.isPresent()) {
                read++;
                assertThat(plain.get()).as(json.toString()).isEqualTo(library(json.toString()));
            }
        }
        assertThat(read).isGreaterThan(5_000);
    }

    private static @Nullable Object library(String json) {
        try {
            return ConfigJson.object(json);
        } catch (JacksonException e) {
            return e;
        }
    }
}
