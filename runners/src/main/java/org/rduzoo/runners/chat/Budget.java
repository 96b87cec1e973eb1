package org.rduzoo.runners.chat;

/// What one rendering may cost. A template comes from the network with its checkpoint, so it is bounded in time, in
/// memory and in depth; the bounds lie far beyond what a conversation needs.
final class Budget {

    static final long MOST_STEPS = 20_000_000;
    static final long MOST_CHARACTERS = 1L << 27;
    static final int MOST_NESTED = 400;
    static final int LONGEST_RANGE = 100_000;

    private long steps;
    private long characters;
    private int depth;

    /// Counts `n` values looked at or made.
    void steps(long n) {
        steps += n;
        if (n < 0 || steps > MOST_STEPS) {
            throw TemplateFailure.of("the template takes more than %,d steps to render".formatted(MOST_STEPS));
        }
    }

    /// Counts `n` characters before they are made, garbage included.
    void characters(long n) {
        characters += n;
        if (n < 0 || characters > MOST_CHARACTERS) {
            throw TemplateFailure.of("the template makes more than %,d characters of text".formatted(MOST_CHARACTERS));
        }
    }

    /// Goes one level down; [#leave] comes back.
    void enter() {
        if (++depth > MOST_NESTED) {
            throw TemplateFailure.of(
                    "the template's calls and expressions nest more than %d deep".formatted(MOST_NESTED));
        }
    }

    void leave() {
        depth--;
    }
}
