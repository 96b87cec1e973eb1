package org.rduzoo.runners.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.checkpoint.file.SideFile;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;

class CheckpointTemplateTest {

    private static final String SHOWN = "[{{ bos_token }}|{{ eos_token }}|{{ unk_token is defined }}]";

    private record NoWeights() implements Weights {

        @Override
        public List<String> names() {
            return List.of();
        }

        @Override
        public Optional<Weight> find(String name) {
            return Optional.empty();
        }

        @Override
        public String source() {
            return "memory";
        }

        @Override
        public void close() {}
    }

    private static Optional<ChatTemplate> template(Map<String, String> files) {
        Map<String, SideFile> sides = new TreeMap<>();
        files.forEach((name, text) -> sides.put(name, SideFile.of(text.getBytes(StandardCharsets.UTF_8))));
        return ChatTemplate.ofCheckpoint(
                new Checkpoint(Checkpoint.Format.HUGGING_FACE, new NoWeights(), Json.object(), sides));
    }

    private static String rendered(Map<String, String> files) {
        return template(files).orElseThrow().render(List.of(Messages.user("Hi")), Map.of());
    }

    @Test
    void specialTokensAreTextsOrObjectsAndMayBeMissing() {
        assertThat(rendered(Map.of(
                        "tokenizer_config.json",
                        "{\"bos_token\": \"<b>\", \"eos_token\": {\"content\": \"<e>\"}, \"unk_token\": null, \"chat_template\": \""
                                + SHOWN + "\"}")))
                .isEqualTo("[<b>|<e>|False]");
    }

    @Test
    void tokensOfTheOlderFileCountWhereTheConfigHasNone() {
        assertThat(rendered(Map.of(
                        "tokenizer_config.json",
                        "{\"eos_token\": \"<e>\", \"chat_template\": \"" + SHOWN + "\"}",
                        "special_tokens_map.json",
                        "{\"bos_token\": \"<b>\", \"eos_token\": \"<old>\"}")))
                .isEqualTo("[<b>|<e>|False]");
    }

    @Test
    void aTemplateInAFileOfItsOwnWins() {
        assertThat(rendered(Map.of(
                        "tokenizer_config.json", "{\"chat_template\": \"config\"}", "chat_template.jinja", "file\n")))
                .isEqualTo("file");
    }

    @Test
    void ofNamedTemplatesTheDefaultOneIsTaken() {
        assertThat(rendered(Map.of(
                        "tokenizer_config.json",
                        "{\"chat_template\": [{\"name\": \"tool_use\", \"template\": \"t\"},"
                                + " {\"name\": \"default\", \"template\": \"d\"}]}")))
                .isEqualTo("d");
    }

    @Test
    void aCheckpointMayHaveNone() {
        assertThat(template(Map.of("tokenizer_config.json", "{}"))).isEmpty();
    }

    @Test
    void aBrokenTemplateIsNamedWithItsFile() {
        assertThatThrownBy(() -> template(Map.of("chat_template.jinja", "\n{% if %}")))
                .isInstanceOf(UserError.class)
                .hasMessage("memory: chat_template.jinja, line 2: Expected an expression, got '%}'");
    }

    @Test
    void variablesOfTheCallWinOverSpecialTokens() {
        ChatTemplate template = template(Map.of(
                        "tokenizer_config.json", "{\"bos_token\": \"<b>\", \"chat_template\": \"{{ bos_token }}\"}"))
                .orElseThrow();
        assertThat(template.render(List.of(Messages.user("Hi")), Map.of("bos_token", "x")))
                .isEqualTo("x");
    }
}
