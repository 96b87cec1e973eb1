package org.rduzoo.checkpoint.file;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rduzoo.samba.PlainJson;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A JSON object as a map of values, and as the library's tree for those who change it. The tree, and the library with
/// it, is loaded when somebody asks.
public final class JsonObject {

    private final Map<String, @Nullable Object> values;
    private final Supplier<ObjectNode> tree;
    private @Nullable ObjectNode node;

    private JsonObject(Map<String, @Nullable Object> values, Supplier<ObjectNode> tree) {
        this.values = values;
        this.tree = tree;
    }

    public static JsonObject of(ObjectNode node) {
        return new JsonObject(values(node), () -> node);
    }

    /// The object in `file`.
    ///
    /// @throws org.rduzoo.samba.UserError when it cannot be read, or holds anything but one JSON object
    public static JsonObject read(Path file) {
        return read(file.toString(), Json.bytes(file));
    }

    /// The object in `text`, which is UTF-8.
    ///
    /// @param source where it comes from, for messages
    public static JsonObject read(String source, byte[] text) {
        return PlainJson.object(new String(text, StandardCharsets.UTF_8))
                .map(plain -> new JsonObject(plain, () -> Json.read(source, text)))
                .orElseGet(() -> of(Json.read(source, text)));
    }

    /// Maps, lists, texts, numbers, truth values and `null` by their names.
    public Map<String, @Nullable Object> values() {
        return values;
    }

    /// The text of a member, or the empty one if it is none.
    public String text(String name) {
        return values.get(name) instanceof String text ? text : "";
    }

    public synchronized ObjectNode node() {
        if (node == null) {
            node = tree.get();
        }
        return node;
    }

    private static Map<String, @Nullable Object> values(ObjectNode object) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        object.forEachEntry((name, node) -> values.put(name, value(node)));
        return values;
    }

    private static @Nullable Object value(JsonNode node) {
        if (node instanceof ObjectNode object) {
            return values(object);
        }
        if (node instanceof ArrayNode array) {
            List<@Nullable Object> list = new ArrayList<>();
            array.forEach(each -> list.add(value(each)));
            return list;
        }
        if (node.isString()) {
            return node.stringValue();
        }
        if (node.isNumber()) {
            return node.numberValue();
        }
        return node.isBoolean() ? node.booleanValue() : null;
    }
}
