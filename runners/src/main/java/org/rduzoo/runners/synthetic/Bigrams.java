package org.rduzoo.runners.synthetic;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A model of texts that knows the last word alone: what most often follows it.
final class Bigrams {

    /// Ends a text.
    private static final String END = "";

    private final Map<String, Map<String, Integer>> counts = new HashMap<>();

    private Bigrams() {}

    static Bigrams of(List<Example> texts) {
        Bigrams bigrams = new Bigrams();
        for (Example text : texts) {
            String[] words = text.text().split(" ", -1);
            for (int i = 0; i < words.length; i++) {
                bigrams.counts
                        .computeIfAbsent(words[i], _ -> new HashMap<>())
                        .merge(i + 1 < words.length ? words[i + 1] : END, 1, Integer::sum);
            }
        }
        return bigrams;
    }

    /// The likeliest word after `word`; of equals, the first by letters.
    private String after(String word) {
        return Optional.ofNullable(counts.get(word)).stream()
                .flatMap(c -> c.entrySet().stream())
                .max(Map.Entry.<String, Integer>comparingByValue()
                        .thenComparing(
                                Map.Entry.<String, Integer>comparingByKey().reversed()))
                .map(Map.Entry::getKey)
                .orElse(END);
    }

    /// The share of texts that it continues as they go on.
    double right(List<Example> texts) {
        return texts.stream().filter(t -> t.completion().equals(continued(t))).count() / (double) texts.size();
    }

    private String continued(Example text) {
        StringBuilder all = new StringBuilder();
        String word = last(text.prompt());
        // One word too many is as wrong as a hundred.
        while (all.length() <= text.completion().length()) {
            word = after(word);
            if (word.equals(END)) {
                break;
            }
            all.append(all.isEmpty() ? "" : " ").append(word);
        }
        return all.toString();
    }

    /// The share of the words of completions, their ends included, that it guesses when it is told those before.
    double rightWords(List<Example> texts) {
        long right = 0;
        long all = 0;
        for (Example text : texts) {
            String before = last(text.prompt());
            for (String word : (text.completion() + " " + END).split(" ", -1)) {
                right += after(before).equals(word) ? 1 : 0;
                all++;
                before = word;
            }
        }
        return right / (double) all;
    }

    private static String last(String text) {
        return text.substring(text.lastIndexOf(' ') + 1);
    }
}
