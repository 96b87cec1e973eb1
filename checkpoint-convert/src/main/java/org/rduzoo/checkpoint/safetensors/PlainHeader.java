package org.rduzoo.checkpoint.safetensors;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rduzoo.checkpoint.safetensors.HeaderJson.Header;
import org.rduzoo.checkpoint.safetensors.SafetensorsHeader.Entry;

/// A header that is as programs write it. What is not is left to [HeaderJson], which says what is wrong.
final class PlainHeader {

    private PlainHeader() {}

    static Optional<Header> of(String file, Map<String, @Nullable Object> object) {
        Map<String, String> metadata = new LinkedHashMap<>();
        List<Entry> entries = new ArrayList<>();
        for (Map.Entry<String, @Nullable Object> each : object.entrySet()) {
            if (!(each.getValue() instanceof Map<?, ?> fields)) {
                return Optional.empty();
            }
            if (each.getKey().equals(HeaderJson.METADATA)) {
                for (Map.Entry<?, ?> text : fields.entrySet()) {
                    if (!(text.getValue() instanceof String value)) {
                        return Optional.empty();
                    }
                    metadata.put((String) text.getKey(), value);
                }
                continue;
            }
            long[] shape = numbers(fields.get("shape"));
            long[] offsets = numbers(fields.get("data_offsets"));
            if (!(fields.get("dtype") instanceof String dtype) || shape == null || offsets == null) {
                return Optional.empty();
            }
            entries.add(HeaderJson.entry(file, each.getKey(), dtype, shape, offsets));
        }
        return Optional.of(new Header(Collections.unmodifiableMap(metadata), entries));
    }

    private static long @Nullable [] numbers(@Nullable Object value) {
        if (!(value instanceof List<?> list)) {
            return null;
        }
        long[] numbers = new long[list.size()];
        for (int i = 0; i < numbers.length; i++) {
            if (list.get(i) instanceof Integer n && n >= 0) {
                numbers[i] = n;
            } else if (list.get(i) instanceof Long n && n >= 0) {
                numbers[i] = n;
            } else {
                return null;
            }
        }
        return numbers;
    }
}
