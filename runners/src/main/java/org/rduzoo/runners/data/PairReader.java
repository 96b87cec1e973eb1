package org.rduzoo.runners.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.rduzoo.samba.UserError;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads a line of JSONL: an object with a prompt and a completion, or a list of such objects.
final class PairReader {

    private static final String CATEGORY = "category";

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .maxNumberLength(10_000)
                            .build())
                    .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final String promptKey;
    private final String completionKey;
    private final Optional<Map<String, Integer>> categories;

    /// @param categories the number of each category, if categories are to be kept
    PairReader(String promptKey, String completionKey, Optional<Map<String, Integer>> categories) {
        this.promptKey = promptKey;
        this.completionKey = completionKey;
        this.categories = categories;
    }

    /// What is asked, what is answered. Either may be empty.
    record Pair(String prompt, String completion, int category) {}

    /// A line that is not as it should be. The message names neither file nor line.
    static final class BadLine extends Exception {

        private static final long serialVersionUID = 1;

        BadLine(String message) {
            super(message);
        }
    }

    List<Pair> read(String line) throws BadLine {
        JsonNode tree;
        try {
            tree = JSON.readTree(line);
        } catch (JacksonException e) {
            var place = e.getLocation();
            throw new BadLine("is not valid JSON%s: %s"
                    .formatted(
                            place == null ? "" : " (column " + place.getColumnNr() + ")",
                            e.getOriginalMessage().lines().findFirst().orElse("")));
        }
        if (tree.isObject()) {
            return List.of(pair(tree, ""));
        }
        if (!tree.isArray()) {
            throw new BadLine("holds " + kind(tree) + ", but must hold an object, or a list of objects");
        }
        List<Pair> pairs = new ArrayList<>();
        for (JsonNode node : tree) {
            String place = " in pair " + (pairs.size() + 1);
            if (!node.isObject()) {
                throw new BadLine("holds " + kind(node) + place + ", but must hold an object there");
            }
            pairs.add(pair(node, place));
        }
        return pairs;
    }

    private Pair pair(JsonNode node, String place) throws BadLine {
        if (!node.has(completionKey)) {
            throw new BadLine("has no \"%s\"%s; it has %s"
                    .formatted(
                            completionKey,
                            place,
                            node.isEmpty() ? "no keys" : String.join(", ", node.propertyNames())));
        }
        return new Pair(text(node, promptKey, place), text(node, completionKey, place), category(node));
    }

    private static String text(JsonNode node, String key, String place) throws BadLine {
        JsonNode value = node.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return "";
        }
        if (!value.isString()) {
            throw new BadLine("has %s as \"%s\"%s, but it must be a text".formatted(kind(value), key, place));
        }
        return value.stringValue();
    }

    private int category(JsonNode node) {
        if (categories.isEmpty() || !node.has(CATEGORY)) {
            return TokenRun.NO_CATEGORY;
        }
        String name = node.path(CATEGORY).asString("");
        Integer number = categories.get().get(name);
        if (number == null) {
            throw new UserError("the category \"%s\" is not among those of --categories-path: %s."
                    .formatted(name, String.join(", ", categories.get().keySet())));
        }
        return number;
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> "an object";
            case ARRAY -> "a list";
            case STRING -> "a text";
            default -> node.getNodeType().name().toLowerCase(Locale.ROOT);
        };
    }
}
