package org.rduzoo.runners.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.SoftAssertions;
import org.rduzoo.samba.UserError;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Templates with what Jinja renders them to in the environment that transformers makes.
final class TemplateCases {

    /// When `strftime_now` was asked.
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2024-07-06T15:04:09.123456Z"), ZoneOffset.UTC);

    private TemplateCases() {}

    static JsonNode read(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(TemplateCases.class.getResourceAsStream(name), name)) {
            return JsonMapper.shared().readTree(in);
        }
    }

    static String rendered(String template, JsonNode variables) {
        Map<String, Object> values = new LinkedHashMap<>();
        variables.forEachEntry((name, value) -> values.put(name, Plain.of(value)));
        values.remove("messages");
        List<Map<String, Object>> messages =
                variables.has("messages") ? messages(variables.path("messages")) : List.of(Messages.user("Hello"));
        return ChatTemplate.of("test.jinja", template).render(messages, values, CLOCK);
    }

    static List<Map<String, Object>> messages(JsonNode list) {
        List<Map<String, Object>> messages = new ArrayList<>();
        for (JsonNode message : list) {
            Map<String, Object> values = new LinkedHashMap<>();
            message.forEachEntry((name, value) -> values.put(name, Plain.of(value)));
            messages.add(values);
        }
        return messages;
    }

    /// Checks one: its text, the words of its failure after file and line, or with `raised` its own words alone. Where
    /// it says `refused`, any failure will do, for Jinja's words about syntax are not ours.
    static void check(String name, String template, JsonNode expected, SoftAssertions softly) {
        String text;
        try {
            text = "text: " + rendered(template, expected.path("variables"));
        } catch (UserError e) {
            text = "error: " + e.getMessage();
        }
        if (expected.has("text")) {
            softly.assertThat(text)
                    .as(name)
                    .isEqualTo("text: " + expected.path("text").stringValue());
        } else if (expected.has("raised")) {
            softly.assertThat(text)
                    .as(name)
                    .isEqualTo("error: " + expected.path("raised").stringValue());
        } else {
            assertThat(expected.has("refused") || expected.has("error")).isTrue();
            softly.assertThat(text)
                    .as(name)
                    .startsWith("error: test.jinja, line ")
                    .endsWith(expected.path("error").asString(""));
        }
    }
}
