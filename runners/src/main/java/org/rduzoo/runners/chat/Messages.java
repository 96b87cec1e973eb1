package org.rduzoo.runners.chat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.samba.UserError;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A conversation in a JSON file: a list of `{"role": …, "content": …}`. Other keys, `tool_calls` say, are kept for the
/// template.
public final class Messages {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final String EXPECTED = "Expected a list such as [{\"role\": \"user\", \"content\": \"Hello\"}].";

    private Messages() {}

    /// The messages in `file`.
    ///
    /// @throws UserError when it cannot be read or is no conversation, with the message at fault
    public static List<Map<String, Object>> read(Path file) {
        try {
            return read(file.toString(), Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UserError(file + " cannot be read: " + UserError.reason(e), e);
        }
    }

    /// The messages in `json`, which is UTF-8.
    ///
    /// @param source where it comes from, for messages
    public static List<Map<String, Object>> read(String source, byte[] json) {
        JsonNode list;
        try {
            list = JSON.readTree(json);
        } catch (JacksonException e) {
            var place = e.getLocation();
            String where = place == null ? "" : " (line " + place.getLineNr() + ", column " + place.getColumnNr() + ")";
            throw new UserError(
                    source + " is not valid JSON" + where + ": " + Named.shortened(e.getOriginalMessage()) + ". "
                            + EXPECTED,
                    e);
        }
        if (!list.isArray()) {
            throw new UserError(source + " holds no list, but " + kind(list) + ". " + EXPECTED);
        }
        List<Map<String, Object>> messages = new ArrayList<>();
        for (JsonNode message : list) {
            messages.add(message(source + ": message " + (messages.size() + 1), message));
        }
        return messages;
    }

    /// One message from the user.
    public static Map<String, Object> user(String content) {
        return Map.of("role", "user", "content", content);
    }

    private static Map<String, Object> message(String place, JsonNode message) {
        if (!message.isObject()) {
            throw new UserError(place + " is no object, but " + kind(message) + ". " + EXPECTED);
        }
        if (!message.path("role").isString()) {
            throw new UserError(
                    place + (message.has("role") ? " has a role that is " + kind(message.path("role")) : " has no role")
                            + "; expected a string such as \"user\", \"assistant\" or \"system\".");
        }
        JsonNode content = message.path("content");
        boolean isParts = content.isArray() && content.valueStream().allMatch(JsonNode::isObject);
        if (!(content.isString() || content.isNull() || content.isMissingNode() || isParts)) {
            throw new UserError(place + " has a content that is "
                    + (content.isArray() ? "a list with other things than objects" : kind(content))
                    + "; expected a string, or a list of parts such as {\"type\": \"text\", \"text\": \"Hello\"}.");
        }
        Map<String, Object> result = new LinkedHashMap<>();
        message.forEachEntry((key, value) -> result.put(key, Plain.of(value)));
        return result;
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "a list";
            case OBJECT -> "an object";
            case MISSING -> "nothing";
            case NULL -> "null";
            default -> "a " + node.getNodeType().name().toLowerCase(Locale.ROOT);
        };
    }
}
