package org.rduzoo.runners.chat;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Python's dict, over a `LinkedHashMap`.
final class Dicts {

    private Dicts() {}

    /// The value under `key`, where 1, 1.0 and True are one key.
    static Optional<Object> find(Map<?, ?> map, Object key, Budget budget) {
        if (!Types.isNumber(key)) {
            return Optional.ofNullable(map.get(key));
        }
        budget.steps(map.size());
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (Types.isNumber(entry.getKey()) && Order.equal(entry.getKey(), key, budget)) {
                return Optional.of(entry.getValue());
            }
        }
        return Optional.empty();
    }

    static void put(Map<Object, Object> map, Object key, Object value, Budget budget) {
        requireKey(key, budget);
        if (Types.isNumber(key)) {
            for (Map.Entry<Object, Object> entry : map.entrySet()) {
                if (Order.equal(entry.getKey(), key, budget)) {
                    entry.setValue(value);
                    return;
                }
            }
        }
        map.put(key, value);
    }

    /// Fails unless `key` can be one.
    static void requireKey(Object key, Budget budget) {
        if (!isKey(key, budget)) {
            throw TemplateFailure.of("unhashable type: '%s'".formatted(Types.name(key)));
        }
    }

    static boolean isKey(Object key, Budget budget) {
        budget.steps(1);
        return switch (key) {
            case Tuple tuple -> {
                budget.enter();
                boolean all = tuple.stream().allMatch(k -> isKey(k, budget));
                budget.leave();
                yield all;
            }
            case Range _ -> true;
            case List<?> _, Map<?, ?> _, View _ -> false;
            default -> true;
        };
    }

    /// As Python's `dict(…)`.
    static Map<Object, Object> of(Arguments arguments, Budget budget) {
        Map<Object, Object> result = new LinkedHashMap<>();
        if (!arguments.positional().isEmpty()) {
            Object source = arguments.positional().getFirst();
            if (source instanceof Map<?, ?> map) {
                budget.steps(map.size());
                result.putAll(map);
            } else {
                Iterator<Object> pairs = Sequences.iterator(source, budget);
                while (pairs.hasNext()) {
                    List<Object> pair = Sequences.list(pairs.next(), budget);
                    if (pair.size() != 2) {
                        throw TemplateFailure.of("dictionary update sequence element #%d has length %d; 2 is required"
                                .formatted(result.size(), pair.size()));
                    }
                    put(result, pair.getFirst(), pair.getLast(), budget);
                }
            }
        }
        result.putAll(arguments.named());
        return result;
    }
}
