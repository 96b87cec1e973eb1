package org.rduzoo.runners.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.samba.UserError;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ChatTemplateTest {

    private static final String SHARED = "rdu.shared";

    private static String rendered(String template) {
        return TemplateCases.rendered(template, JsonMapper.shared().createObjectNode());
    }

    @Test
    void everyFeatureRendersAsInJinja() throws IOException {
        SoftAssertions softly = new SoftAssertions();
        for (JsonNode row : TemplateCases.read("cases.json")) {
            String template = row.path("template").stringValue();
            TemplateCases.check(template, template, row, softly);
        }
        softly.assertAll();
    }

    @Test
    void templatesInTheStyleOfWellKnownModelsRenderAsInJinja() throws IOException {
        SoftAssertions softly = new SoftAssertions();
        for (JsonNode model : TemplateCases.read("models.json")) {
            String template = model.path("template")
                    .valueStream()
                    .map(JsonNode::stringValue)
                    .collect(Collectors.joining("\n"));
            for (JsonNode run : model.path("runs")) {
                TemplateCases.check(
                        model.path("name").stringValue() + ": "
                                + run.path("name").stringValue(),
                        template,
                        run,
                        softly);
            }
        }
        softly.assertAll();
    }

    @Test
    void anEmptyConversationIsRefusedInTheWordsOfTransformers() {
        assertThatThrownBy(() -> ChatTemplate.of("t", "x").render(List.of(), Map.of()))
                .isInstanceOf(UserError.class)
                .hasMessage("Cannot apply chat template to an empty conversation. Provide at least one message.");
    }

    @Test
    void whatATemplateRaisesIsTheWholeMessage() {
        assertThatThrownBy(() -> rendered("\n{{ raise_exception('No %s for you!') }}"))
                .isInstanceOf(UserError.class)
                .hasMessage("No %s for you!");
    }

    @Test
    void aFailureNamesFileAndLine() {
        assertThatThrownBy(() -> rendered("one\n{% if true %}\n{{ messages[0].a.b }}\n{% endif %}"))
                .isInstanceOf(UserError.class)
                .hasMessage("test.jinja, line 3: 'dict object' has no attribute 'a'");
        assertThatThrownBy(() -> rendered("one\n{{ 1 +\n }}"))
                .isInstanceOf(UserError.class)
                .hasMessage("test.jinja, line 3: unexpected '}}'");
    }

    @Test
    void keysWithoutAValueAreLeftOutAndReasoningHasItsNames() {
        Map<String, Object> message = new LinkedHashMap<>(Map.of("role", "assistant", "reasoning", "hm"));
        message.put("content", None.NONE);
        assertThat(ChatTemplate.of("t", "{{ messages[0].content is defined }} {{ messages[0].reasoning_content }}")
                        .render(List.of(message), Map.of()))
                .isEqualTo("False hm");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
                "{% for a in range(99999) %}{{ 'x' * 9999 }}{% endfor %}",
                "{{ 'x' * 99999999999 }}",
                "{{ [0] * 99999999999 }}",
                "{{ range(10 ** 12) }}",
                "{{ 9 ** (9 ** 9) }}",
                "{{ 'x'.ljust(999999999) }}",
                "{{ '%999999999d' % 1 }}",
                "{{ '{:999999999}'.format(1) }}",
                "{{ ('x' * 99999).replace('', 'y' * 99999) }}",
                "{{ ('\\n' * 99999) | indent(99999) }}",
                "{{ [1] | tojson(indent=999999999) }}",
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "{% set n = namespace(s='x') %}{% for i in range(99) %}{% set n.s = n.s + n.s %}{% endfor %}",
                "{% set n = namespace(l=[1]) %}{% for i in range(99) %}{% set n.l = [n.l, n.l] %}{% endfor %}{{ n.l }}",
                "{% set n = namespace(l=[1]) %}{% for i in range(99999) %}{% set n.l = [n.l] %}{% endfor %}{{ n.l }}",
                "{% set n = namespace(l=(1,)) %}{% for i in range(99) %}{% set n.l = (n.l, n.l) %}{% endfor %}"
                        + "{{ {n.l: 1} }}"
            })
    void aHostileTemplateIsStopped(String template) {
        assertThatThrownBy(() -> rendered(template))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("test.jinja, line 1: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "[", "{% if 1 %}", "not ", "-", "1 if 1 else ", "1 + ", "1 and ", "x."})
    void nestingWithoutEndIsRefused(String open) {
        String template = open.startsWith("{%") ? open.repeat(50_000) : "{{ " + open.repeat(50_000) + "1 }}";
        assertThatThrownBy(() -> rendered(template)).isInstanceOf(UserError.class);
    }

    @Test
    void everyPrefixOfATemplateRendersOrIsRefused() throws IOException {
        for (JsonNode model : TemplateCases.read("models.json")) {
            String template = model.path("template")
                    .valueStream()
                    .map(JsonNode::stringValue)
                    .collect(Collectors.joining("\n"));
            for (int end = 0; end < template.length(); end += 7) {
                try {
                    assertThat(rendered(template.substring(0, end))).isNotNull();
                } catch (UserError e) {
                    assertThat(e).hasMessageNotContaining("null");
                }
            }
        }
    }

    @Test
    void publishedTemplatesRenderAsByTransformers() throws IOException {
        Path folder = Path.of(System.getProperty(SHARED, "../../shared")).resolve("goldens/chat");
        Path answers = folder.resolve("goldens.json");
        assumeTrue(
                Files.exists(answers),
                () -> "extra test: needs " + answers + "; name the folder above goldens with -D" + SHARED);
        SoftAssertions softly = new SoftAssertions();
        for (JsonNode row : JsonMapper.shared().readTree(answers)) {
            String name = row.path("template").stringValue();
            ChatTemplate template = ChatTemplate.of(name, Files.readString(folder.resolve(name + ".jinja")));
            Map<String, Object> variables = Map.of(
                    "bos_token",
                    "<s>",
                    "eos_token",
                    "</s>",
                    "add_generation_prompt",
                    row.path("add_generation_prompt").booleanValue());
            String text;
            try {
                text = template.render(TemplateCases.messages(row.path("messages")), variables);
            } catch (UserError e) {
                text = String.valueOf(e.getMessage());
            }
            softly.assertThat(text)
                    .as(row.toString())
                    .isEqualTo(row.path(row.has("text") ? "text" : "error").stringValue());
        }
        softly.assertAll();
    }
}
