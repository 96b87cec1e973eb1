package org.rduzoo.runners.chat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A value as JSON, spaced as Python's `json.dumps` does it, which is how models were trained to read tools.
final class JsonText {

    private final boolean isAscii;
    private final String indent;
    private final boolean isIndented;
    private final String itemSeparator;
    private final String keySeparator;
    private final boolean isSorted;
    private final Budget budget;
    private final StringBuilder text = new StringBuilder();

    private JsonText(Arguments arguments, Budget budget) {
        this.budget = budget;
        this.isAscii = arguments.flag(0, "ensure_ascii");
        Object given = arguments.get(1, "indent", None.NONE);
        this.isIndented = !(given instanceof None);
        this.indent = given instanceof String s ? s : isIndented ? spaces(Numbers.index(given)) : "";
        Object separators = arguments.get(2, "separators", None.NONE);
        if (separators instanceof None) {
            this.itemSeparator = isIndented ? "," : ", ";
            this.keySeparator = ": ";
        } else {
            List<Object> pair = Sequences.list(separators, budget);
            if (pair.size() != 2
                    || !(pair.getFirst() instanceof String item)
                    || !(pair.getLast() instanceof String key)) {
                throw TemplateFailure.of("tojson's separators must be two strings");
            }
            this.itemSeparator = item;
            this.keySeparator = key;
        }
        this.isSorted = arguments.flag(3, "sort_keys");
    }

    static String of(Object value, Arguments arguments, Budget budget) {
        JsonText json =
                new JsonText(arguments.checked("tojson", "ensure_ascii", "indent", "separators", "sort_keys"), budget);
        json.append(value, 0);
        return json.text.toString();
    }

    private String spaces(int n) {
        budget.characters(Math.max(0, n));
        return " ".repeat(Math.max(0, n));
    }

    private void append(Object value, int level) {
        budget.steps(1);
        switch (value) {
            case String s -> string(s);
            case List<?> list when !(value instanceof Range) -> list(list, level);
            case Map<?, ?> map -> dict(map, level);
            default ->
                text.append(scalar(value)
                        .orElseThrow(() -> TemplateFailure.of(
                                "Object of type %s is not JSON serializable".formatted(Types.name(value)))));
        }
    }

    private static Optional<String> scalar(Object value) {
        return Optional.ofNullable(
                switch (value) {
                    case None _ -> "null";
                    case Boolean b -> b ? "true" : "false";
                    case Long n -> n.toString();
                    case BigInteger n -> n.toString();
                    case Double d when d.isNaN() -> "NaN";
                    case Double d when d.isInfinite() -> d > 0 ? "Infinity" : "-Infinity";
                    case Double d -> Text.real(d);
                    default -> null;
                });
    }

    private void list(List<?> items, int level) {
        budget.enter();
        text.append('[');
        for (int i = 0; i < items.size(); i++) {
            text.append(i == 0 ? "" : itemSeparator);
            newLine(level + 1);
            append(items.get(i), level + 1);
        }
        if (!items.isEmpty()) {
            newLine(level);
        }
        text.append(']');
        budget.leave();
    }

    private void dict(Map<?, ?> map, int level) {
        budget.enter();
        text.append('{');
        List<Object> keys = new ArrayList<>(map.keySet());
        if (isSorted) {
            keys = Order.sorted(keys, k -> k, false, budget);
        }
        String separator = "";
        for (Object key : keys) {
            text.append(separator);
            separator = itemSeparator;
            newLine(level + 1);
            string(
                    key instanceof String s
                            ? s
                            : scalar(key)
                                    .orElseThrow(() ->
                                            TemplateFailure.of("keys must be str, int, float, bool or None, not %s"
                                                    .formatted(Types.name(key)))));
            text.append(keySeparator);
            append(Dicts.find(map, key, budget).orElse(None.NONE), level + 1);
        }
        if (!map.isEmpty()) {
            newLine(level);
        }
        text.append('}');
        budget.leave();
    }

    private void newLine(int level) {
        if (isIndented) {
            budget.characters((long) indent.length() * level);
            text.append('\n').repeat(indent, level);
        }
    }

    private void string(String value) {
        budget.characters(value.length() + 2L);
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                case '\b' -> text.append("\\b");
                case '\f' -> text.append("\\f");
                default -> {
                    if (c < 0x20 || (isAscii && c > 0x7e)) {
                        text.append(String.format("\\u%04x", (int) c));
                    } else {
                        text.append(c);
                    }
                }
            }
        }
        text.append('"');
    }
}
