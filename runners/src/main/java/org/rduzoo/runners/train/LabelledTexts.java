package org.rduzoo.runners.train;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.UserError;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Texts to learn from: JSON lines `{"text": …, "label": …}`, with `text_pair` where two texts are compared; or plain
/// lines, without labels.
///
/// @param source where they are from, for messages
public record LabelledTexts(String source, List<Item> items) {

    /// @param label as the file has it
    public record Item(String text, Optional<String> pair, Optional<String> label) {}

    /// Whether a file holds labelled texts: its name says so.
    public static boolean isLabelled(Path file) {
        return file.toString().endsWith(".jsonl");
    }

    /// @throws UserError when the file cannot be read, holds nothing, or a line is not as it should be
    public static LabelledTexts read(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UserError("%s cannot be read: %s".formatted(file, UserError.reason(e)), e);
        }
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).isBlank()) {
                items.add(
                        isLabelled(file)
                                ? item("%s, line %d".formatted(file, i + 1), lines.get(i))
                                : new Item(lines.get(i), Optional.empty(), Optional.empty()));
            }
        }
        if (items.isEmpty()) {
            throw new UserError("%s holds no texts.".formatted(file));
        }
        return new LabelledTexts(file.toString(), items);
    }

    private static Item item(String place, String line) {
        ObjectNode object = Json.read(place, line.getBytes(StandardCharsets.UTF_8));
        JsonNode text = object.path("text");
        JsonNode pair = object.path("text_pair");
        JsonNode label = object.path("label");
        boolean labelled = label.isString() || label.isIntegralNumber() || label.isBoolean();
        if (!text.isString() || !labelled || !(pair.isMissingNode() || pair.isString())) {
            throw new UserError(("%s: expected {\"text\": \"…\", \"label\": \"…\"}, with text_pair if there are two"
                            + " texts, but found the keys %s.")
                    .formatted(place, String.join(", ", object.propertyNames())));
        }
        Optional<String> second = pair.isString() ? Optional.of(pair.stringValue()) : Optional.empty();
        return new Item(text.stringValue(), second, Optional.of(label.asString()));
    }

    /// The labels, numbers by their size and others by their letters.
    public List<String> labels() {
        Set<String> labels = new LinkedHashSet<>();
        items.forEach(i -> i.label.ifPresent(labels::add));
        boolean numbers = labels.stream().allMatch(l -> l.matches("-?[0-9]{1,9}"));
        return labels.stream()
                .sorted(numbers ? Comparator.comparing(Integer::valueOf) : Comparator.naturalOrder())
                .toList();
    }

    /// The label of an item as its place among `known`: its name, or the number of its place.
    public int place(Item item, List<String> known) {
        String label = item.label.orElseThrow();
        int place = known.indexOf(label);
        if (place < 0 && label.matches("[0-9]{1,9}") && Integer.parseInt(label) < known.size()) {
            place = Integer.parseInt(label);
        }
        if (place < 0) {
            throw new UserError("%s has the label \"%s\".%s The labels are %s."
                    .formatted(source, label, Nearest.hint(label, known), String.join(", ", known)));
        }
        return place;
    }
}
