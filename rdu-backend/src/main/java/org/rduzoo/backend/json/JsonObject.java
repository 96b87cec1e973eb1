package org.rduzoo.backend.json;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// A JSON object whose members are asked for by name and type. A missing or mistyped one is a [JsonSyntaxException]
/// that names it.
public record JsonObject(Map<String, ?> members) {

    /// @throws JsonSyntaxException when the bytes are no JSON object
    public static JsonObject parse(byte[] utf8) {
        return of(Json.parse(utf8), "the whole");
    }

    private static JsonObject of(Object tree, String name) {
        if (!(tree instanceof Map<?, ?> map)) {
            throw new JsonSyntaxException(name + " is not an object");
        }
        TreeMap<String, Object> members = new TreeMap<>();
        map.forEach((key, value) -> members.put((String) key, value));
        return new JsonObject(members);
    }

    public JsonObject object(String name) {
        return of(member(name), name);
    }

    public List<JsonObject> objects(String name) {
        return list(name).stream().map(item -> of(item, name)).toList();
    }

    public String string(String name) {
        return asString(member(name), name);
    }

    public List<String> strings(String name) {
        return list(name).stream().map(item -> asString(item, name)).toList();
    }

    /// The members of the object `name`, all of them strings, sorted by their names.
    public SortedMap<String, String> stringMap(String name) {
        TreeMap<String, String> map = new TreeMap<>();
        object(name).members().forEach((key, value) -> map.put(key, asString(value, key)));
        return map;
    }

    public double number(String name) {
        if (member(name) instanceof Number n) {
            return n.doubleValue();
        }
        throw new JsonSyntaxException(name + " is not a number");
    }

    public int integer(String name) {
        if (member(name) instanceof Long n && n.intValue() == n) {
            return n.intValue();
        }
        throw new JsonSyntaxException(name + " is not an integer");
    }

    public boolean has(String name) {
        return members.containsKey(name);
    }

    private List<?> list(String name) {
        if (member(name) instanceof List<?> list) {
            return list;
        }
        throw new JsonSyntaxException(name + " is not a list");
    }

    private Object member(String name) {
        Object member = members.get(name);
        if (member == null) {
            throw new JsonSyntaxException(name + " is missing");
        }
        return member;
    }

    private static String asString(Object tree, String name) {
        if (tree instanceof String s) {
            return s;
        }
        throw new JsonSyntaxException(name + " is not a string");
    }
}
