package org.rduzoo.runners.chat;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What `object.name` and `object[key]` mean: methods of Python's types, keys, places. As in the sandbox that
/// transformers renders in, methods that would change a list or dict are refused.
final class Attributes {

    private static final Set<String> DICT_CHANGES = Set.of("clear", "pop", "popitem", "setdefault", "update");
    private static final Set<String> LIST_CHANGES =
            Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");

    private final Evaluator evaluator;
    private final Budget budget;

    Attributes(Evaluator evaluator) {
        this.evaluator = evaluator;
        this.budget = evaluator.budget();
    }

    /// `object.name`: an attribute or method, else a key.
    Object attribute(Object object, String name) {
        requireDefined(object);
        return own(object, name).or(() -> key(object, name)).orElseGet(() -> Undefined.attribute(object, name));
    }

    /// `object[key]`: a key or place, else an attribute or method.
    Object item(Object object, Object key) {
        requireDefined(object);
        if (key instanceof Sequences.Bounds bounds) {
            return Sequences.slice(object, bounds, budget);
        }
        return key(object, key)
                .or(() -> key instanceof String name ? own(object, name) : Optional.empty())
                .orElseGet(() -> Undefined.item(object, key));
    }

    /// A filter's `attribute="a.b.0"`: keys and places, one after the other.
    Object path(Object object, Object path) {
        if (!(path instanceof String text)) {
            return item(object, path);
        }
        Object value = object;
        for (String part : text.split("\\.", -1)) {
            value = item(value, part.matches("\\d{1,9}") ? (Object) Long.valueOf(part) : part);
        }
        return value;
    }

    private static void requireDefined(Object object) {
        if (object instanceof Undefined undefined) {
            throw undefined.failure();
        }
    }

    private Optional<Object> key(Object object, Object key) {
        return switch (object) {
            case Map<?, ?> map -> Dicts.isKey(key, budget) ? Dicts.find(map, key, budget) : Optional.empty();
            case List<?> list -> place(key, list.size()).map(list::get);
            case String text ->
                place(key, Types.isNumber(key) ? Strings.length(text) : 0).map(i -> {
                    int at = text.offsetByCodePoints(0, i);
                    return text.substring(at, text.offsetByCodePoints(at, 1));
                });
            default -> Optional.empty();
        };
    }

    private static Optional<Integer> place(Object key, int length) {
        if (!(Types.isInteger(key) || key instanceof Boolean)) {
            return Optional.empty();
        }
        long index = Numbers.index(key);
        long place = index < 0 ? index + length : index;
        return place >= 0 && place < length ? Optional.of((int) place) : Optional.empty();
    }

    private Optional<Object> own(Object object, String name) {
        if (name.startsWith("__")) {
            return Optional.of(unsafe(object, name));
        }
        return switch (object) {
            case Map<?, ?> map -> dict(map, name);
            case List<?> list -> list(list, name);
            case String text -> StringMethods.of(text, name, evaluator).map(f -> f);
            case Namespace namespace ->
                Optional.ofNullable(namespace.attributes().get(name));
            case Loop loop -> loop.attribute(name, budget);
            case Function function when name.equals("name") -> Optional.of(function.name());
            default -> Optional.empty();
        };
    }

    private static Undefined unsafe(Object object, String name) {
        return new Undefined(
                "access to attribute " + Text.quoted(name) + " of '" + Types.name(object) + "' object is unsafe.");
    }

    private Optional<Object> dict(Map<?, ?> map, String name) {
        if (DICT_CHANGES.contains(name)) {
            return Optional.of(unsafe(map, name));
        }
        Optional<Function.Body> body = switch (name) {
            case "items" -> Optional.of(a -> items(map));
            case "keys" -> Optional.of(a -> new View("dict_keys", copy(map.keySet())));
            case "values" -> Optional.of(a -> new View("dict_values", copy(map.values())));
            case "copy" ->
                Optional.of(a -> {
                    budget.steps(map.size());
                    return new LinkedHashMap<Object, Object>(map);
                });
            case "get" ->
                Optional.of(a -> {
                    Arguments given = a.checked("get", "key", "default");
                    Object key = given.get(0, "key");
                    Dicts.requireKey(key, budget);
                    return Dicts.find(map, key, budget).orElseGet(() -> given.get(1, "default", None.NONE));
                });
            default -> Optional.empty();
        };
        return body.map(b -> new Function(name, b));
    }

    /// The pairs of a dict.
    View items(Map<?, ?> map) {
        budget.steps(map.size());
        List<Object> pairs = new ArrayList<>(map.size());
        map.forEach((key, value) -> pairs.add(Tuple.of(key, value)));
        return new View("dict_items", pairs);
    }

    private List<Object> copy(Iterable<?> values) {
        List<Object> copy = new ArrayList<>();
        values.forEach(copy::add);
        budget.steps(copy.size());
        return copy;
    }

    private Optional<Object> list(List<?> list, String name) {
        if (LIST_CHANGES.contains(name) && !(list instanceof Tuple || list instanceof Range)) {
            return Optional.of(unsafe(list, name));
        }
        Optional<Function.Body> body = switch (name) {
            case "index" -> Optional.of(a -> index(list, a));
            case "count" ->
                Optional.of(a -> {
                    long n = 0;
                    Iterator<Object> items = Sequences.iterator(list, budget);
                    while (items.hasNext()) {
                        n += Order.equal(items.next(), a.get(0, "value"), budget) ? 1 : 0;
                    }
                    return n;
                });
            case "copy" -> Optional.of(a -> Sequences.list(list, budget));
            default -> Optional.empty();
        };
        return body.map(b -> new Function(name, b));
    }

    private Object index(List<?> list, Arguments arguments) {
        Object value = arguments.get(0, "value");
        for (int i = Math.max(0, arguments.integer(1, "start", 0)); i < list.size(); i++) {
            if (Order.equal(list.get(i), value, budget)) {
                return (long) i;
            }
        }
        throw TemplateFailure.of("%s is not in list".formatted(Text.repr(value, budget)));
    }
}
