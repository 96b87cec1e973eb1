package org.rduzoo.runners.chat;

import java.util.List;
import java.util.Map;

/// The values that a call, filter or test was given.
record Arguments(List<Object> positional, Map<String, Object> named) {

    static final Arguments NONE = new Arguments(List.of(), Map.of());

    static Arguments of(Object... positional) {
        return new Arguments(List.of(positional), Map.of());
    }

    /// These, if they fit parameters of these names.
    Arguments checked(String function, String... parameters) {
        if (positional.size() > parameters.length) {
            throw TemplateFailure.of("%s() takes at most %d arguments (%d given)"
                    .formatted(function, parameters.length, positional.size()));
        }
        for (String name : named.keySet()) {
            int place = List.of(parameters).indexOf(name);
            if (place < 0) {
                throw TemplateFailure.of("%s() got an unexpected keyword argument '%s'".formatted(function, name));
            }
            if (place < positional.size()) {
                throw TemplateFailure.of("%s() got multiple values for argument '%s'".formatted(function, name));
            }
        }
        return this;
    }

    boolean has(int place, String name) {
        return place < positional.size() || named.containsKey(name);
    }

    Object get(int place, String name, Object otherwise) {
        return place < positional.size() ? positional.get(place) : named.getOrDefault(name, otherwise);
    }

    Object get(int place, String name) {
        if (!has(place, name)) {
            throw TemplateFailure.of("missing argument '%s'".formatted(name));
        }
        return get(place, name, None.NONE);
    }

    String text(int place, String name) {
        return asText(name, get(place, name));
    }

    String text(int place, String name, String otherwise) {
        return asText(name, get(place, name, otherwise));
    }

    private static String asText(String name, Object value) {
        return switch (value) {
            case String text -> text;
            case Undefined undefined -> throw undefined.failure();
            default -> throw TemplateFailure.of("%s must be str, not %s".formatted(name, Types.name(value)));
        };
    }

    /// A whole number, cut to 32 bits.
    int integer(int place, String name, int otherwise) {
        return Numbers.index(get(place, name, (long) otherwise));
    }

    boolean flag(int place, String name) {
        return Types.isTrue(get(place, name, false));
    }

    /// These without the first `n`.
    Arguments after(int n) {
        return new Arguments(positional.subList(Math.min(n, positional.size()), positional.size()), named);
    }
}
