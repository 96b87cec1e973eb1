package org.rduzoo.runners.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rduzoo.samba.UserError;

class MessagesTest {

    private static List<Map<String, Object>> read(String json) {
        return Messages.read("talk.json", json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void rolesContentsAndOtherKeysAreKept() {
        List<Map<String, Object>> messages = read("""
                [{"role": "user", "content": "Hi é"},
                 {"role": "assistant", "content": null, "tool_calls": [{"n": 1, "x": 2.0}]},
                 {"role": "user", "content": [{"type": "text", "text": "a"}]}]
                """);
        assertThat(messages.getFirst()).isEqualTo(Map.of("role", "user", "content", "Hi é"));
        assertThat(messages.get(1)).containsEntry("tool_calls", List.of(Map.of("n", 1L, "x", 2.0)));
        assertThat(messages.get(2)).containsEntry("content", List.of(Map.of("type", "text", "text", "a")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                "[{] # is not valid JSON (line 1, column",
                "{} # holds no list, but an object",
                "'' # holds no list, but nothing",
                "[1] # message 1 is no object, but a number",
                "[{\"role\": \"user\", \"content\": \"\"}, {}] # message 2 has no role",
                "[{\"role\": 1}] # message 1 has a role that is a number",
                "[{\"role\": \"user\", \"content\": 5}] # message 1 has a content that is a number",
                "[{\"role\": \"user\", \"content\": [1]}] # a list with other things than objects"
            })
    void whatIsNoConversationIsNamed(String json, String problem) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(UserError.class)
                .hasMessageStartingWith("talk.json")
                .hasMessageContaining(problem)
                .hasMessageContaining("xpected");
    }

    @Test
    void aMissingFileIsNamed() {
        assertThatThrownBy(() -> Messages.read(Path.of("no-such-file.json")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("no-such-file.json cannot be read");
    }
}
