package org.rduzoo.runners.synthetic;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/// A logistic regression on which words each of two texts has, wherever in it they stand.
final class BagOfWords {

    private static final int EPOCHS = 20;
    private static final double LEARNING_RATE = 0.1;

    private final Map<String, Double> weights = new HashMap<>();
    private double bias;

    private BagOfWords() {}

    static BagOfWords of(List<Roles.Item> items) {
        BagOfWords bag = new BagOfWords();
        Random random = new Random(1);
        for (int i = 0; i < EPOCHS * items.size(); i++) {
            Roles.Item item = items.get(random.nextInt(items.size()));
            double wrong = (item.isTrue() ? 1 : 0) - 1 / (1 + Math.exp(-bag.score(item)));
            bag.bias += LEARNING_RATE * wrong;
            words(item).forEach(w -> bag.weights.merge(w, LEARNING_RATE * wrong, Double::sum));
        }
        return bag;
    }

    private double score(Roles.Item item) {
        return bias
                + words(item).stream()
                        .mapToDouble(w -> weights.getOrDefault(w, 0.0))
                        .sum();
    }

    /// The words of both, those of the second marked.
    private static List<String> words(Roles.Item item) {
        List<String> words =
                new ArrayList<>(List.of(item.text().toLowerCase(Locale.ROOT).split("\\W+", -1)));
        for (String word : item.pair().toLowerCase(Locale.ROOT).split("\\W+", -1)) {
            words.add("2 " + word);
        }
        return words;
    }

    /// The share of items that it labels rightly.
    double right(List<Roles.Item> items) {
        return items.stream().filter(i -> score(i) > 0 == i.isTrue()).count() / (double) items.size();
    }
}
