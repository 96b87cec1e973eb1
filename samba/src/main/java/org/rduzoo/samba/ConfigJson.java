package org.rduzoo.samba;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;

/// JSON as maps, lists, texts, numbers, truth values and `null`. Only the streaming half of the library is used, as
/// binding costs start-up time.
final class ConfigJson {

    /// Loaded when it is needed, which for plain files it is not.
    private static final class Library {

        static final JsonFactory FACTORY = new JsonFactory();

        private Library() {}
    }

    private ConfigJson() {}

    /// The object that `json` is; `null` for none.
    ///
    /// @throws tools.jackson.core.JacksonException when it is anything else
    @SuppressWarnings("unchecked")
    static @Nullable Map<String, @Nullable Object> object(String json) {
        try (JsonParser parser = Library.FACTORY.createParser(ObjectReadContext.empty(), json)) {
            Object value = whole(parser);
            if (value != null && !(value instanceof Map)) {
                throw new StreamReadException(
                        parser, "it is a " + value.getClass().getSimpleName());
            }
            return (Map<String, @Nullable Object>) value;
        }
    }

    /// The value that `json` is.
    ///
    /// @throws tools.jackson.core.JacksonException when it is none
    static @Nullable Object parse(String json) {
        try (JsonParser parser = Library.FACTORY.createParser(ObjectReadContext.empty(), json)) {
            return whole(parser);
        }
    }

    private static @Nullable Object whole(JsonParser parser) {
        JsonToken first = parser.nextToken();
        if (first == null) {
            throw new StreamReadException(parser, "there is nothing");
        }
        Object value = value(parser, first);
        if (parser.nextToken() != null) {
            throw new StreamReadException(parser, "something follows the value");
        }
        return value;
    }

    private static @Nullable Object value(JsonParser parser, JsonToken token) {
        return switch (token) {
            case START_OBJECT -> {
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                    String name = parser.currentName();
                    map.put(name, value(parser, parser.nextToken()));
                }
                yield map;
            }
            case START_ARRAY -> {
                List<@Nullable Object> list = new ArrayList<>();
                for (JsonToken t = parser.nextToken(); t != JsonToken.END_ARRAY; t = parser.nextToken()) {
                    list.add(value(parser, t));
                }
                yield list;
            }
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> throw new StreamReadException(parser, "a value is missing");
        };
    }

    /// The text of a value, on one line.
    static String print(@Nullable Object value) {
        StringBuilder text = new StringBuilder();
        print(value, text);
        return text.toString();
    }

    @SuppressWarnings("IfChainToSwitch") // a switch over types is linked when it first runs, which costs start-up time
    private static void print(@Nullable Object value, StringBuilder out) {
        if (value instanceof Map<?, ?> map) {
            out.append('{');
            String separator = "";
            for (Map.Entry<?, ?> each : map.entrySet()) {
                out.append(separator);
                quote((String) each.getKey(), out);
                out.append(':');
                print(each.getValue(), out);
                separator = ",";
            }
            out.append('}');
        } else if (value instanceof List<?> list) {
            out.append('[');
            String separator = "";
            for (Object each : list) {
                out.append(separator);
                print(each, out);
                separator = ",";
            }
            out.append(']');
        } else if (value instanceof String s) {
            quote(s, out);
        } else if (value == null || value instanceof Number || value instanceof Boolean) {
            out.append(value);
        } else {
            throw new IllegalArgumentException("no JSON for " + value.getClass());
        }
    }

    private static void quote(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append("\\u00").append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 15, 16));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
