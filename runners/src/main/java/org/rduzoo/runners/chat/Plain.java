package org.rduzoo.runners.chat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Values from outside, Java's or JSON's, as the values that a template handles.
final class Plain {

    private Plain() {}

    static Object of(@Nullable Object value) {
        return switch (value) {
            case null -> None.NONE;
            case JsonNode json -> ofJson(json);
            case Boolean b -> b;
            case Double d -> d;
            case Float f -> f.doubleValue();
            case BigDecimal d -> d.doubleValue();
            case BigInteger n -> Numbers.of(n);
            case Number n -> n.longValue();
            case Map<?, ?> map -> {
                Map<Object, Object> copy = new LinkedHashMap<>();
                map.forEach((key, item) -> copy.put(of(key), of(item)));
                yield copy;
            }
            case Tuple tuple -> tuple;
            case Iterable<?> items -> {
                List<Object> copy = new ArrayList<>();
                items.forEach(item -> copy.add(of(item)));
                yield copy;
            }
            case None none -> none;
            default -> value.toString();
        };
    }

    private static Object ofJson(JsonNode json) {
        return switch (json.getNodeType()) {
            case STRING -> json.stringValue();
            case BOOLEAN -> json.booleanValue();
            case NUMBER -> json.isIntegralNumber() ? Numbers.of(json.bigIntegerValue()) : (Object) json.doubleValue();
            case ARRAY -> {
                List<Object> items = new ArrayList<>();
                json.forEach(item -> items.add(ofJson(item)));
                yield items;
            }
            case OBJECT -> {
                Map<Object, Object> map = new LinkedHashMap<>();
                json.forEachEntry((key, item) -> map.put(key, ofJson(item)));
                yield map;
            }
            case NULL, MISSING, BINARY, POJO -> None.NONE;
        };
    }
}
