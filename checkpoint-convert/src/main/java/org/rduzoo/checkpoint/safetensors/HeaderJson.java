package org.rduzoo.checkpoint.safetensors;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.checkpoint.safetensors.SafetensorsHeader.Entry;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.PlainJson;
import org.rduzoo.samba.UserError;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/// The JSON of a header, read as a stream: names, types, shapes and offsets, each checked by itself.
final class HeaderJson {

    /// Loaded when it is needed, which for plain headers it is not.
    private static final class Library {

        static final JsonFactory FACTORY = JsonFactory.builder()
                .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
                .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(100)
                        .maxNameLength((int) SafetensorsHeader.MAX_LENGTH)
                        .maxStringLength((int) SafetensorsHeader.MAX_LENGTH)
                        .maxNumberLength(100)
                        .build())
                .build();

        private Library() {}
    }

    static final String METADATA = "__metadata__";

    private final String file;
    private final JsonParser json;
    private Map<String, String> metadata = Map.of();
    private final List<Entry> entries = new ArrayList<>();

    private HeaderJson(String file, JsonParser json) {
        this.file = file;
        this.json = json;
    }

    /// What a header says.
    record Header(Map<String, String> metadata, List<Entry> entries) {}

    /// Reads all of `text`, which is the header of `file`.
    static Header parse(String file, String text) {
        return PlainJson.object(text)
                .flatMap(object -> PlainHeader.of(file, object))
                .orElseGet(() -> parseStream(file, text));
    }

    private static Header parseStream(String file, String text) {
        try (JsonParser parser = Library.FACTORY.createParser(ObjectReadContext.empty(), text)) {
            HeaderJson header = new HeaderJson(file, parser);
            header.readAll();
            return new Header(header.metadata, header.entries);
        } catch (JacksonException e) {
            var place = e.getLocation();
            String where = place == null ? "" : " at character " + place.getCharOffset();
            throw SafetensorsHeader.broken(
                    file,
                    "its header is not valid JSON" + where + " (" + Named.shortened(e.getOriginalMessage()) + ")");
        }
    }

    private void readAll() {
        expect(JsonToken.START_OBJECT, json.nextToken(), "the header");
        Set<String> seen = new HashSet<>();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String name = json.currentName();
            if (!seen.add(name)) {
                throw broken("its header has two entries for " + Named.tensor(name));
            }
            if (name.equals(METADATA)) {
                readMetadata();
            } else {
                entries.add(tensor(name));
            }
        }
        if (json.nextToken() != null) {
            throw broken("something follows its header's closing '}'" + place());
        }
    }

    private void readMetadata() {
        if (json.nextToken() == JsonToken.VALUE_NULL) {
            return;
        }
        expect(JsonToken.START_OBJECT, json.currentToken(), METADATA);
        Map<String, String> texts = new LinkedHashMap<>();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String key = json.currentName();
            expect(JsonToken.VALUE_STRING, json.nextToken(), METADATA + "." + Named.shortened(key));
            if (texts.put(key, wellFormed(json.getString())) != null) {
                throw broken("its header has two entries for " + METADATA + "." + Named.shortened(key));
            }
        }
        metadata = Collections.unmodifiableMap(texts);
    }

    private Entry tensor(String name) {
        String what = Named.tensor(name);
        expect(JsonToken.START_OBJECT, json.nextToken(), what);
        String dtype = null;
        long[] shape = null;
        long[] offsets = null;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String field = json.currentName();
            json.nextToken();
            switch (field) {
                case "dtype" -> {
                    once(dtype, what, field);
                    expect(JsonToken.VALUE_STRING, json.currentToken(), "dtype of " + what);
                    dtype = json.getString();
                }
                case "shape" -> {
                    once(shape, what, field);
                    shape = numbers("shape of " + what);
                }
                case "data_offsets" -> {
                    once(offsets, what, field);
                    offsets = numbers("data_offsets of " + what);
                }
                default -> json.skipChildren();
            }
        }
        if (dtype == null || shape == null || offsets == null) {
            String missing = dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets";
            throw broken(what + " has no \"" + missing + "\"");
        }
        return entry(file, name, dtype, shape, offsets);
    }

    /// @throws UserError when the type is none, or the size no tensor's
    static Entry entry(String file, String name, String dtypeName, long[] shape, long[] offsets) {
        String what = Named.tensor(name);
        DType dtype = SafetensorsTypes.dtype(dtypeName)
                .orElseThrow(() -> SafetensorsTypes.isKnown(dtypeName)
                        ? new UserError(file + ": " + what + " has element type " + dtypeName
                                + ", which is valid in a safetensors file but not supported here. Supported: "
                                + SafetensorsTypes.supported() + ". Convert the tensor to one of these first.")
                        : SafetensorsHeader.broken(
                                file,
                                what + " has the unknown dtype " + Named.shortened(dtypeName) + "; expected one of "
                                        + SafetensorsTypes.supported()));
        if (offsets.length != 2 || offsets[0] > offsets[1]) {
            throw SafetensorsHeader.broken(
                    file, what + " has data_offsets that are not [begin, end] with begin <= end");
        }
        long bytes = dtype.bytes();
        for (long dim : shape) {
            long high = Math.multiplyHigh(bytes, dim);
            bytes *= dim;
            if (high != 0 || bytes < 0) {
                throw SafetensorsHeader.broken(file, "the size of " + what + " overflows 64 bits");
            }
        }
        if (bytes != offsets[1] - offsets[0]) {
            throw SafetensorsHeader.broken(
                    file,
                    what + " has data_offsets that span " + (offsets[1] - offsets[0]) + " bytes, but its dtype "
                            + dtypeName + " and shape " + Named.shape(shape) + " ask for " + bytes);
        }
        int[] dims = new int[shape.length];
        for (int i = 0; i < dims.length; i++) {
            if (shape[i] > Integer.MAX_VALUE) {
                throw new UserError(file + ": " + what + " has a dimension of " + shape[i] + "; at most "
                        + Integer.MAX_VALUE + " are supported. Save it as several tensors.");
            }
            dims[i] = (int) shape[i];
        }
        return new Entry(name, new Type(dtype, Shape.of(dims)), offsets[0], offsets[1]);
    }

    private long[] numbers(String what) {
        expect(JsonToken.START_ARRAY, json.currentToken(), what);
        long[] numbers = new long[4];
        int n = 0;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            expect(JsonToken.VALUE_NUMBER_INT, json.currentToken(), what + ", element " + n);
            String digits = json.getString();
            // Nineteen digits hold every number up to 2^63 - 1; the sign is refused even in -0.
            if (digits.startsWith("-") || digits.length() > 19) {
                throw broken(what + " has " + Named.shortened(digits) + " where a number from 0 to 2^63 - 1 belongs");
            }
            if (n == numbers.length) {
                numbers = Arrays.copyOf(numbers, 2 * n);
            }
            numbers[n++] = json.getLongValue();
        }
        return Arrays.copyOf(numbers, n);
    }

    private void once(@Nullable Object before, String what, String field) {
        if (before != null) {
            throw broken(what + " has two entries for \"" + field + "\"" + place());
        }
    }

    private void expect(JsonToken expected, @Nullable JsonToken found, String what) {
        if (found != expected) {
            throw broken(what + " is " + kind(found) + " where " + kind(expected) + " belongs" + place());
        }
    }

    private static String kind(@Nullable JsonToken token) {
        return switch (token) {
            case null -> "nothing";
            case START_OBJECT, END_OBJECT -> "an object";
            case START_ARRAY, END_ARRAY -> "a list";
            case VALUE_STRING -> "a text";
            case VALUE_NUMBER_INT -> "a whole number";
            case VALUE_NUMBER_FLOAT -> "a number with a fraction or an exponent";
            case VALUE_TRUE, VALUE_FALSE -> "true or false";
            case VALUE_NULL -> "null";
            case NOT_AVAILABLE, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT -> "something else";
        };
    }

    /// `text`, unless an escape has left half of a character in it: the parser looks for that in names alone.
    private String wellFormed(String text) {
        if (text.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
            throw broken("its header has a \\u escape that is an unpaired surrogate" + place());
        }
        return text;
    }

    private String place() {
        return " (character " + json.currentLocation().getCharOffset() + " of the header)";
    }

    private UserError broken(String what) {
        return SafetensorsHeader.broken(file, what);
    }
}
