package org.rduzoo.backend.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void aTreePrintsAsItWasReadAndReadsAsItWasPrinted() {
        String text = """
                {
                  "b": [],
                  "a": {},
                  "list": [1, 2.5, true, "größe \\"x\\" \\\\ \\n \\u0007 \\ud83d\\ude00"],
                  "rows": [
                    {"name": "x", "bytes": 9007199254740993},
                    {"name": "y", "bytes": -1}
                  ]
                }
                """;
        assertThat(Json.print(Json.parse(utf8(text)))).isEqualTo(text);
    }

    @Test
    void membersAreReadByNameAndType() {
        JsonObject json =
                JsonObject.parse(utf8("{\"n\": 3, \"x\": 0.5, \"s\": \"t\", \"o\": {\"k\": \"v\"}, \"l\": [{}]}"));
        assertThat(json.integer("n")).isEqualTo(3);
        assertThat(json.number("x")).isEqualTo(0.5);
        assertThat(json.string("s")).isEqualTo("t");
        assertThat(json.stringMap("o")).isEqualTo(Map.of("k", "v"));
        assertThat(json.objects("l")).hasSize(1);
        assertThatThrownBy(() -> json.integer("x")).hasMessage("x is not an integer");
        assertThatThrownBy(() -> json.string("n")).hasMessage("n is not a string");
        assertThatThrownBy(() -> json.object("none")).hasMessage("none is missing");
        assertThatThrownBy(() -> json.objects("o")).hasMessage("o is not a list");
        assertThatThrownBy(() -> json.number("s")).hasMessage("s is not a number");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[1,]",
                "{\"a\": 1} x",
                "{\"a\": 1, \"a\": 2}",
                "[null]",
                "[NaN]",
                "[01]",
                "{\"a\" 1}",
                "\"",
                "[99999999999999999999]",
                "[1]]",
                "tru",
                "{\"a\": \"\\x\"}"
            })
    void whatIsNoJsonIsRefused(String text) {
        assertThatThrownBy(() -> Json.parse(utf8(text))).isInstanceOf(JsonSyntaxException.class);
    }

    @Test
    void deepNestingIsRefused() {
        assertThatThrownBy(() -> Json.parse(utf8("[".repeat(1_000_000)))).isInstanceOf(JsonSyntaxException.class);
    }

    @Test
    void bytesThatAreNoUtf8AreRefused() {
        assertThatThrownBy(() -> Json.parse(new byte[] {'"', (byte) 0xff, (byte) 0xfe, '"'}))
                .isInstanceOf(JsonSyntaxException.class);
    }

    @Test
    void numbersThatJsonCannotHoldAreRefused() {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("x", Double.NaN);
        assertThatThrownBy(() -> Json.print(tree)).hasMessage("NaN is no number in JSON");
        assertThatThrownBy(() -> Json.print(List.of(Float.POSITIVE_INFINITY)))
                .hasMessage("Infinity is no number in JSON");
        assertThatThrownBy(() -> Json.print(List.of(new Object()))).hasMessageStartingWith("no JSON for");
    }

    @Test
    void resultsHaveNullForThem() {
        assertThat(Json.printNumbersOrNull(List.of(1.5f, Float.NaN, Double.NEGATIVE_INFINITY, 2L)))
                .isEqualTo("[1.5, null, null, 2]\n");
    }
}
