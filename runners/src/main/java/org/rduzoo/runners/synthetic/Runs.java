package org.rduzoo.runners.synthetic;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// All runs of [#LENGTH] words that occur in some texts.
final class Runs {

    /// Words of a run.
    static final int LENGTH = 8;

    /// With a byte a word, a run is a `long`.
    private static final int MOST_WORDS = 256;

    private final Map<String, Integer> words = new HashMap<>();
    private final Set<Long> runs = new HashSet<>();

    private Runs() {}

    static Runs of(List<Example> texts) {
        Runs runs = new Runs();
        texts.forEach(t -> runs.runs.addAll(runs.in(t.text())));
        return runs;
    }

    /// How many runs of `text` are among these.
    long sharedWith(String text) {
        return in(text).stream().filter(runs::contains).count();
    }

    private Set<Long> in(String text) {
        Set<Long> found = new HashSet<>();
        long run = 0;
        int length = 0;
        for (String word : text.split(" ", -1)) {
            int number = words.computeIfAbsent(word, _ -> words.size());
            if (number >= MOST_WORDS) {
                throw new IllegalArgumentException("more than %d words".formatted(MOST_WORDS));
            }
            run = run << Byte.SIZE | number;
            if (++length >= LENGTH) {
                found.add(run);
            }
        }
        return found;
    }
}
