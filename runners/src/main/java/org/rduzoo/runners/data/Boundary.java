package org.rduzoo.runners.data;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// What counts as one article, to be packed or attended to together.
public enum Boundary {
    /// All pairs of a line.
    JSONL,
    /// Each pair by itself.
    PROMPT_COMPLETION_PAIR;

    /// As in `prompt_completion_pair`.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The names of all.
    public static List<String> names() {
        return Arrays.stream(values()).map(Boundary::text).toList();
    }

    /// The boundary of one of [#names].
    public static Boundary of(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }
}
