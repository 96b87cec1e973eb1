package org.rduzoo.checkpoint.gguf;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.samba.UserError;

/// The key-value pairs of a GGUF file, in the order of the file.
///
/// A key may be missing; one that has another kind of value than it should is an error.
public final class GgufMetadata {

    private final String source;
    private final Map<String, GgufValue> values;

    GgufMetadata(String source, Map<String, GgufValue> values) {
        this.source = source;
        this.values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /// All pairs.
    public Map<String, GgufValue> values() {
        return values;
    }

    /// The value of a key, whatever it is.
    public Optional<GgufValue> find(String key) {
        return Optional.ofNullable(values.get(key));
    }

    /// The text of a key.
    public Optional<String> text(String key) {
        return as(GgufValue.Text.class, key, "a text").map(GgufValue.Text::value);
    }

    /// The whole number of a key, signed or not.
    public OptionalLong integer(String key) {
        Optional<GgufValue.Int> value = as(GgufValue.Int.class, key, "a whole number");
        if (value.isEmpty()) {
            return OptionalLong.empty();
        }
        if (value.get().kind() == GgufValue.Kind.U64 && value.get().value() < 0) {
            throw mismatch(key, "a number below 2^63", value.get());
        }
        return OptionalLong.of(value.get().value());
    }

    /// The number of a key; a float is the decimal it was written from, 1e-5 and not 9.99999974e-6.
    public OptionalDouble number(String key) {
        Optional<GgufValue> value = find(key);
        if (value.isEmpty()) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(
                switch (value.get()) {
                    case GgufValue.Real x -> x.decimal();
                    case GgufValue.Int n -> n.value();
                    case GgufValue v -> throw mismatch(key, "a number", v);
                });
    }

    /// The truth value of a key.
    public Optional<Boolean> bool(String key) {
        return as(GgufValue.Bool.class, key, "true or false").map(GgufValue.Bool::value);
    }

    /// The texts of a key.
    public Optional<GgufValue.Texts> texts(String key) {
        return as(GgufValue.Texts.class, key, "an array of texts");
    }

    /// The array of numbers of a key.
    public Optional<GgufValue.Numbers> numbers(String key) {
        return as(GgufValue.Numbers.class, key, "an array of numbers");
    }

    private <T extends GgufValue> Optional<T> as(Class<T> type, String key, String expected) {
        Optional<GgufValue> value = find(key);
        if (value.isPresent() && !type.isInstance(value.get())) {
            throw mismatch(key, expected, value.get());
        }
        return value.map(type::cast);
    }

    private UserError mismatch(String key, String expected, GgufValue found) {
        return new UserError(source + ": metadata " + Named.shortened(key) + ": expected " + expected + ", found "
                + Named.shortened(found.toString()) + " (" + found.getClass().getSimpleName()
                + ").\nThe file was not written by a converter that is known here.");
    }
}
