package org.rduzoo.runners.data;

import org.rduzoo.samba.data.TokenType;

/// Packs articles into rows of one length, in the order in which they come.
final class RowPacker {

    /// Takes finished rows. The run is the packer's own, and changes after the call.
    @FunctionalInterface
    interface Sink {
        void accept(TokenRun row);
    }

    private final int length;
    private final int padding;
    private final Packing packing;
    private final boolean keepPromptOnly;
    private final Sink sink;
    private final TokenRun row = new TokenRun();
    private PackingMetrics metrics = PackingMetrics.NONE;

    /// @param length tokens a row
    /// @param padding the token that fills rows up
    /// @param keepPromptOnly whether rows without a completion stay
    RowPacker(int length, int padding, Packing packing, boolean keepPromptOnly, Sink sink) {
        this.length = length;
        this.padding = padding;
        this.packing = packing;
        this.keepPromptOnly = keepPromptOnly;
        this.sink = sink;
    }

    void add(TokenRun article) {
        switch (packing.style()) {
            case FULL -> fill(article);
            case GREEDY -> {
                if (row.length() + article.length() > length) {
                    close();
                }
                addOrCut(article);
            }
            case SINGLE -> {
                addOrCut(article);
                close();
            }
        }
    }

    /// Closes the row that is being filled.
    void finish() {
        close();
    }

    /// Rows, and what was left out so far.
    PackingMetrics metrics() {
        return metrics;
    }

    private void fill(TokenRun article) {
        int done = 0;
        while (done < article.length()) {
            if (row.length() == length) {
                close();
            }
            int count = Math.min(length - row.length(), article.length() - done);
            row.add(article, done, done + count);
            done += count;
        }
    }

    private void addOrCut(TokenRun article) {
        int excess = article.length() - (length - row.length());
        if (excess <= 0) {
            row.add(article, 0, article.length());
            return;
        }
        switch (packing.overflow()) {
            case DROP -> dropped(article.length());
            case TRUNCATE_LEFT -> {
                dropped(excess);
                row.add(article, excess, article.length());
            }
            case TRUNCATE_RIGHT -> {
                dropped(excess);
                row.add(article, 0, article.length() - excess);
            }
            case NONE -> throw new IllegalStateException("articles run on");
        }
    }

    private void dropped(int tokens) {
        metrics = metrics.plus(new PackingMetrics(0, 0, 0, 0, 0, 0, 0, tokens, 0));
    }

    private void close() {
        if (row.isEmpty()) {
            return;
        }
        row.pad(padding, length);
        if (keepPromptOnly || row.count(TokenType.COMPLETION) > 0) {
            int completion = row.count(TokenType.COMPLETION) + row.count(TokenType.SEPARATOR);
            metrics = metrics.plus(new PackingMetrics(
                    1, 0, 0, length, row.count(TokenType.PROMPT), completion, row.count(TokenType.PADDING), 0, 0));
            sink.accept(row);
        } else {
            metrics = metrics.plus(new PackingMetrics(0, 0, 0, 0, 0, 0, 0, 0, length));
        }
        row.clear();
    }
}
