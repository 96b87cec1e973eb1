package org.rduzoo.backend.json;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rduzoo.samba.PlainJson;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/// JSON as a tree of `Map<String, Object>`, `List<Object>`, `String`, `Long`, `Double` and `Boolean`; `null` is
/// refused.
///
/// Maps keep their order, both ways. Only the streaming half of the library is used: binding costs start-up time.
public final class Json {

    private static final int MAX_DEPTH = 16;

    /// A depth at which everything stays on one line.
    private static final int NO_LINES = -1;

    /// Loaded when it is needed, which for files of our own it mostly is not.
    private static final class Library {

        static final JsonFactory FACTORY = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxStringLength(1 << 24)
                        .maxNumberLength(40)
                        .build())
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build();

        private Library() {}
    }

    private Json() {}

    /// A map of names and values by turns.
    public static SequencedMap<String, Object> map(Object... namesAndValues) {
        SequencedMap<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            map.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return map;
    }

    /// The tree that these UTF-8 bytes describe. Takes time and memory in proportion to their number.
    ///
    /// @throws JsonSyntaxException when they are no JSON, hold a `null`, or something follows the value
    public static Object parse(byte[] utf8) {
        Optional<Map<String, @Nullable Object>> plain = PlainJson.object(new String(utf8, StandardCharsets.UTF_8));
        if (plain.isPresent() && plain.get().entrySet().stream().allMatch(Json::widen)) {
            return plain.get();
        }
        try (JsonParser parser = Library.FACTORY.createParser(ObjectReadContext.empty(), utf8)) {
            Object tree = value(parser, parser.nextToken());
            if (parser.nextToken() != null) {
                throw new JsonSyntaxException("something follows the JSON value");
            }
            return tree;
        } catch (JacksonException e) {
            throw new JsonSyntaxException(e.getOriginalMessage());
        }
    }

    /// Makes the whole numbers of a member longs.
    ///
    /// @return whether nothing in it is `null`
    private static boolean widen(Map.Entry<?, @Nullable Object> member) {
        Object wide = wide(member.getValue());
        member.setValue(wide);
        return wide != null;
    }

    private static @Nullable Object wide(@Nullable Object value) {
        if (value instanceof Integer n) {
            return n.longValue();
        }
        if (value instanceof Map<?, ?> map) {
            return asMembers(map).stream().allMatch(Json::widen) ? map : null;
        }
        if (value instanceof List<?> list) {
            List<Object> wide = new ArrayList<>();
            for (Object each : list) {
                Object item = wide(each);
                if (item == null) {
                    return null;
                }
                wide.add(item);
            }
            return wide;
        }
        return value;
    }

    @SuppressWarnings("unchecked")
    private static Set<Map.Entry<String, @Nullable Object>> asMembers(Map<?, ?> map) {
        return ((Map<String, @Nullable Object>) map).entrySet();
    }

    private static Object value(JsonParser parser, @Nullable JsonToken token) {
        // A switch with a case of null is linked by code of its own, which takes its time at every start.
        return switch (Objects.requireNonNullElse(token, JsonToken.NOT_AVAILABLE)) {
            case START_OBJECT -> {
                Map<String, Object> map = new LinkedHashMap<>();
                for (JsonToken t = parser.nextToken(); t == JsonToken.PROPERTY_NAME; t = parser.nextToken()) {
                    String name = parser.currentName();
                    map.put(name, value(parser, parser.nextToken()));
                }
                yield map;
            }
            case START_ARRAY -> {
                List<Object> list = new ArrayList<>();
                for (JsonToken t = parser.nextToken(); t != JsonToken.END_ARRAY; t = parser.nextToken()) {
                    list.add(value(parser, t));
                }
                yield list;
            }
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> throw new JsonSyntaxException("a value is missing or null");
        };
    }

    /// The text of a tree: containers of containers over several lines, others on one.
    ///
    /// @throws IllegalArgumentException when a number in it is not finite, which JSON has no word for
    public static String print(Object tree) {
        return text(tree, false);
    }

    /// As [#print], but numbers that are not finite are `null`.
    public static String printNumbersOrNull(Object tree) {
        return text(tree, true);
    }

    /// As [#print], on one line and without its end.
    public static String line(Object tree) {
        StringBuilder out = new StringBuilder();
        print(tree, NO_LINES, false, out);
        return out.toString();
    }

    private static String text(Object tree, boolean lossy) {
        StringBuilder out = new StringBuilder();
        print(tree, 0, lossy, out);
        return out.append('\n').toString();
    }

    private static void print(Object tree, int depth, boolean lossy, StringBuilder out) {
        switch (tree) {
            case Map<?, ?> map -> {
                boolean lines =
                        depth >= 0 && (depth == 0 || map.values().stream().anyMatch(Json::isContainer));
                String separator = "{";
                for (Map.Entry<?, ?> e : map.entrySet()) {
                    out.append(separator);
                    lineOrSpace(lines, depth + 1, separator.equals("{"), out);
                    quote((String) e.getKey(), out);
                    out.append(": ");
                    print(e.getValue(), deeper(depth), lossy, out);
                    separator = ",";
                }
                end(lines && !map.isEmpty(), depth, map.isEmpty() ? "{}" : "}", out);
            }
            case List<?> list -> {
                boolean lines = depth >= 0 && list.stream().anyMatch(Json::isContainer);
                String separator = "[";
                for (Object item : list) {
                    out.append(separator);
                    lineOrSpace(lines, depth + 1, separator.equals("["), out);
                    print(item, deeper(depth), lossy, out);
                    separator = ",";
                }
                end(lines, depth, list.isEmpty() ? "[]" : "]", out);
            }
            case String s -> quote(s, out);
            case Number n -> {
                boolean finite = Double.isFinite(n.doubleValue());
                if (!finite && !lossy) {
                    throw new IllegalArgumentException(n + " is no number in JSON");
                }
                out.append(finite ? n : "null");
            }
            case Boolean b -> out.append(b);
            default -> throw new IllegalArgumentException("no JSON for " + tree.getClass());
        }
    }

    private static int deeper(int depth) {
        return depth == NO_LINES ? NO_LINES : depth + 1;
    }

    private static boolean isContainer(Object tree) {
        return tree instanceof Map || tree instanceof List;
    }

    private static void lineOrSpace(boolean lines, int depth, boolean first, StringBuilder out) {
        if (lines) {
            out.append('\n').repeat(' ', 2 * depth);
        } else if (!first) {
            out.append(' ');
        }
    }

    private static void end(boolean lines, int depth, String close, StringBuilder out) {
        if (lines) {
            out.append('\n').repeat(' ', 2 * depth);
        }
        out.append(close);
    }

    private static void quote(String s, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                default -> {
                    // An unpaired surrogate has no UTF-8 form of its own, so it must not reach the bytes as it is.
                    if (c < ' ' || c == 0x7f || Character.isSurrogate(c)) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
