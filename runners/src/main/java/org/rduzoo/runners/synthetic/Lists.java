package org.rduzoo.runners.synthetic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// A small language: a word says what is to be done with the letters after it, and after the colon stands what comes of
/// that.
///
/// ```
/// copy m q a z d f : m q a z d f
/// reverse m q a z d f : f d z a q m
/// sort m q a z d f : a d f m q z
/// next m q a z d f : n r b a e g
/// ```
///
/// What the next word is depends on words far back, not on the one before.
public final class Lists {

    private static final int FEWEST_LETTERS = 6;
    private static final int MOST_LETTERS = 10;

    private static final List<String> LETTERS =
            IntStream.rangeClosed('a', 'z').mapToObj(Character::toString).toList();

    private static final String COLON = ":";

    /// The words of the language, a token each.
    static final List<String> WORDS = Stream.of(
                    Stream.of(COLON), Arrays.stream(Task.values()).map(Task::word), LETTERS.stream())
            .flatMap(s -> s)
            .toList();

    private Lists() {}

    /// What is to be done.
    private enum Task {
        COPY,
        REVERSE,
        SORT,
        /// For each letter the one after it in the alphabet; `a` is after `z`.
        NEXT;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// The next example that `random` leads to.
    static Example draw(Random random) {
        Task task = Task.values()[random.nextInt(Task.values().length)];
        List<String> letters = new ArrayList<>(LETTERS);
        Collections.shuffle(letters, random);
        int count = FEWEST_LETTERS + random.nextInt(MOST_LETTERS - FEWEST_LETTERS + 1);
        String prompt = "%s %s %s".formatted(task.word(), String.join(" ", letters.subList(0, count)), COLON);
        return new Example(prompt, answer(prompt));
    }

    /// What is right after a prompt, by the rules of the language alone.
    static String answer(String prompt) {
        List<String> words = List.of(prompt.split(" ", -1));
        List<String> letters = words.subList(1, words.size() - 1);
        Stream<String> answer = switch (Task.valueOf(words.getFirst().toUpperCase(Locale.ROOT))) {
            case COPY -> letters.stream();
            case REVERSE -> letters.reversed().stream();
            case SORT -> letters.stream().sorted();
            case NEXT -> letters.stream().map(l -> LETTERS.get((LETTERS.indexOf(l) + 1) % LETTERS.size()));
        };
        return answer.collect(Collectors.joining(" "));
    }

    /// Examples to learn from, and others whose prompts share no run of [Runs#LENGTH] words with those.
    static Split<Example> draw(int count, int heldOut, long seed) {
        Random random = new Random(seed);
        List<Example> training =
                Stream.generate(() -> draw(random)).limit(count).toList();
        Runs seen = Runs.of(training);
        return new Split<>(
                training,
                Stream.generate(() -> draw(random))
                        .filter(e -> seen.sharedWith(e.prompt()) == 0)
                        .distinct()
                        .limit(heldOut)
                        .toList());
    }
}
