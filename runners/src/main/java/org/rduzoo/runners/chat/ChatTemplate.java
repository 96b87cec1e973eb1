package org.rduzoo.runners.chat;

import java.time.Clock;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.samba.UserError;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// How a model was taught to read conversations: a checkpoint's Jinja template, rendered to the same text as by
/// Hugging Face's `apply_chat_template`.
///
/// The rendered text holds the special tokens already: it is tokenized without adding any.
public final class ChatTemplate {

    /// Names that a message's reasoning goes under, the one that templates read first.
    private static final List<String> REASONING = List.of("reasoning_content", "thinking", "reasoning");

    private final String source;
    private final List<Statement> body;
    private final Map<String, Object> specialTokens;

    private ChatTemplate(String source, List<Statement> body, Map<String, Object> specialTokens) {
        this.source = source;
        this.body = body;
        this.specialTokens = specialTokens;
    }

    /// @param source names the file in messages
    /// @param template the text of the template
    /// @throws UserError when it is not a template, with the line that is wrong
    public static ChatTemplate of(String source, String template) {
        return of(source, template, Map.of());
    }

    private static ChatTemplate of(String source, String template, Map<String, Object> specialTokens) {
        try {
            return new ChatTemplate(source, Parser.parse(template), specialTokens);
        } catch (TemplateFailure failure) {
            throw error(source, failure);
        }
    }

    /// A checkpoint's own template, which knows the special tokens of the checkpoint's tokenizer.
    public static Optional<ChatTemplate> ofCheckpoint(Checkpoint checkpoint) {
        return checkpoint.chatTemplate().map(template -> {
            String file = checkpoint.file("chat_template.jinja").isPresent() ? "chat_template.jinja" : "chat template";
            return of(checkpoint.weights().source() + ": " + file, template, specialTokens(checkpoint));
        });
    }

    /// The special tokens by name, as in `bos_token`: from `tokenizer_config.json`, else `special_tokens_map.json`.
    private static Map<String, Object> specialTokens(Checkpoint checkpoint) {
        Map<String, Object> tokens = new LinkedHashMap<>();
        for (String file : List.of("special_tokens_map.json", "tokenizer_config.json")) {
            ObjectNode config = checkpoint.json(file).orElseGet(Json::object);
            config.forEachEntry((name, token) -> {
                JsonNode content = token.isObject() ? token.path("content") : token;
                if (name.endsWith("_token") && content.isString()) {
                    tokens.put(name, content.stringValue());
                } else if (name.endsWith("_token") && token.isNull()) {
                    tokens.remove(name);
                }
            });
        }
        return tokens;
    }

    /// The prompt for a conversation.
    ///
    /// @param messages each with a `role`, mostly a `content`, and whatever else the template reads
    /// @param variables what else the template reads: `add_generation_prompt`, `tools`, `bos_token` …
    /// @throws UserError when the template refuses the conversation, with just its words, or cannot render it, with the
    ///     line at fault
    public String render(List<Map<String, Object>> messages, Map<String, Object> variables) {
        return render(messages, variables, Clock.system(ZoneId.systemDefault()));
    }

    String render(List<Map<String, Object>> messages, Map<String, Object> variables, Clock clock) {
        if (messages.isEmpty()) {
            throw new UserError("Cannot apply chat template to an empty conversation. Provide at least one message.");
        }
        Budget budget = new Budget();
        Scope scope = Scope.outermost();
        Globals.into(scope, budget, clock);
        scope.set("add_generation_prompt", false);
        scope.set("tools", None.NONE);
        scope.set("documents", None.NONE);
        specialTokens.forEach(scope::set);
        variables.forEach((name, value) -> scope.set(name, Plain.of(value)));
        scope.set("messages", messages.stream().map(ChatTemplate::message).toList());
        try {
            return new Interpreter(budget).rendered(body, scope.inner());
        } catch (TemplateFailure failure) {
            throw error(source, failure);
        } catch (StackOverflowError _) {
            // The budget bounds nesting; this is for a thread with less stack than usual.
            throw new UserError(source + ": the template nests too deeply to render.");
        }
    }

    /// A message as templates see it: keys without a value are left out, and reasoning has all of its names.
    private static Map<Object, Object> message(Map<String, Object> given) {
        Map<Object, Object> message = new LinkedHashMap<>();
        given.forEach((key, value) -> {
            if (!(Plain.of(value) instanceof None)) {
                message.put(key, Plain.of(value));
            }
        });
        Optional<Object> reasoning =
                REASONING.stream().filter(message::containsKey).findFirst().map(message::get);
        if (reasoning.isEmpty()) {
            return message;
        }
        Map<Object, Object> named = new LinkedHashMap<>();
        named.put("thinking", reasoning.get());
        named.putAll(message);
        named.put("reasoning_content", reasoning.get());
        return named;
    }

    private static UserError error(String source, TemplateFailure failure) {
        String place = failure.line() > 0 ? source + ", line " + failure.line() : source;
        return new UserError(place + ": " + failure.what(), failure);
    }
}
