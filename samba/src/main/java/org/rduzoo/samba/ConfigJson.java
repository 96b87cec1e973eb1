package org.rduzoo.samba;

import java.io.StringWriter;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;

/// JSON as maps, lists, texts, numbers, truth values and `null`. Only the streaming half of the library is used:
/// binding
/// costs start-up time.
final class ConfigJson {

    private static final JsonFactory FACTORY = new JsonFactory();

    private ConfigJson() {}

    /// The object that `json` is; `null` for none.
    ///
    /// @throws tools.jackson.core.JacksonException when it is anything else
    @SuppressWarnings("unchecked")
    static @Nullable Map<String, @Nullable Object> object(String json) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
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
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), json)) {
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
        StringWriter text = new StringWriter();
        try (JsonGenerator out = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            write(value, out);
        }
        return text.toString();
    }

    @SuppressWarnings("IfChainToSwitch") // a switch over types is linked when it first runs, which costs start-up time
    private static void write(@Nullable Object value, JsonGenerator out) {
        if (value instanceof Map<?, ?> map) {
            out.writeStartObject();
            map.forEach((key, each) -> {
                out.writeName((String) key);
                write(each, out);
            });
            out.writeEndObject();
        } else if (value instanceof List<?> list) {
            out.writeStartArray();
            list.forEach(each -> write(each, out));
            out.writeEndArray();
        } else if (value instanceof String s) {
            out.writeString(s);
        } else if (value instanceof Integer n) {
            out.writeNumber(n.intValue());
        } else if (value instanceof Long n) {
            out.writeNumber(n.longValue());
        } else if (value instanceof BigInteger n) {
            out.writeNumber(n);
        } else if (value instanceof Double x) {
            out.writeNumber(x.doubleValue());
        } else if (value instanceof Boolean b) {
            out.writeBoolean(b);
        } else if (value == null) {
            out.writeNull();
        } else {
            throw new IllegalArgumentException("no JSON for " + value.getClass());
        }
    }
}
