package org.rduzoo.runners.synthetic;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.rduzoo.checkpoint.file.WholeFile;
import org.rduzoo.checkpoint.file.WholeFolder;

/// A data set that a program writes: always the same for a seed.
public enum SyntheticData {
    /// [Lists], and a Llama to learn them.
    LISTS(60_000, 400),
    /// [Orders].
    ORDERS(200, 50),
    /// [Roles], as pairs with labels and as plain lines.
    ROLES(4000, 400),
    /// [Shapes], images and masks.
    SHAPES(600, 100);

    /// What there is to learn from.
    public static final String TRAINING = "train";

    /// What is held out.
    public static final String HELD_OUT = "held-out";

    private final int count;
    private final int heldOut;

    SyntheticData(int count, int heldOut) {
        this.count = count;
        this.heldOut = heldOut;
    }

    /// As on the command line.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// How many examples there are to learn from unless somebody says.
    public int count() {
        return count;
    }

    /// Writes it into a folder.
    ///
    /// @return how much there is, and how simpler models do on what is held out
    public SequencedMap<String, Object> write(Path folder, int count, long seed, boolean force) {
        Made made = switch (this) {
            case LISTS -> lists(Lists.draw(count, heldOut, seed));
            case ORDERS -> new Made(lines(Orders.draw(count, heldOut, seed), Example::line, ".jsonl"), Map.of());
            case ROLES -> roles(Roles.draw(count, heldOut, seed));
            case SHAPES -> shapes(Shapes.draw(count, heldOut, seed));
        };
        WholeFolder.write(
                folder,
                force,
                _ -> false,
                partial -> made.files.forEach((name, bytes) -> WholeFile.write(partial.resolve(name), false, bytes)));
        SequencedMap<String, Object> facts = new LinkedHashMap<>();
        facts.put("output", folder.toString());
        facts.put("examples", count);
        facts.put("held_out", heldOut);
        facts.putAll(made.facts);
        return facts;
    }

    /// @param files what is written, by name
    private record Made(Map<String, byte[]> files, Map<String, Object> facts) {}

    private static Made lists(Split<Example> split) {
        Map<String, byte[]> files = lines(split, Example::line, ".jsonl");
        ListsModel.files().forEach((name, bytes) -> files.put("model/" + name, bytes));
        Runs seen = Runs.of(split.training());
        Bigrams bigrams = Bigrams.of(split.training());
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put(
                "shared_runs_of_%d".formatted(Runs.LENGTH),
                split.heldOut().stream()
                        .mapToLong(e -> seen.sharedWith(e.prompt()))
                        .sum());
        facts.put("bigram_right", bigrams.right(split.heldOut()));
        facts.put("bigram_right_words", bigrams.rightWords(split.heldOut()));
        return new Made(files, facts);
    }

    private static Made roles(Split<Roles.Item> split) {
        Map<String, byte[]> files = lines(split, Roles.Item::line, ".jsonl");
        files.putAll(lines(split, Roles.Item::text, ".txt"));
        return new Made(
                files,
                Map.of("bag_of_words_right", BagOfWords.of(split.training()).right(split.heldOut())));
    }

    private static Made shapes(Split<Shapes> split) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        Map.of(TRAINING, split.training(), HELD_OUT, split.heldOut()).forEach((part, all) -> {
            for (int i = 0; i < all.size(); i++) {
                files.put("%s/images/%04d.png".formatted(part, i), all.get(i).imagePng());
                files.put("%s/masks/%04d.png".formatted(part, i), all.get(i).maskPng());
            }
        });
        return new Made(files, Map.of("best_threshold_dice", Shapes.bestThreshold(split.heldOut())));
    }

    private static <T> Map<String, byte[]> lines(Split<T> split, Function<T, String> line, String ending) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put(TRAINING + ending, bytes(split.training(), line));
        files.put(HELD_OUT + ending, bytes(split.heldOut(), line));
        return files;
    }

    private static <T> byte[] bytes(List<T> items, Function<T, String> line) {
        return items.stream()
                .map(i -> line.apply(i) + "\n")
                .collect(Collectors.joining())
                .getBytes(StandardCharsets.UTF_8);
    }
}
