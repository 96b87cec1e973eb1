package org.rduzoo.runners.data;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.rduzoo.runners.data.PairReader.Pair;
import org.rduzoo.samba.data.TokenType;

/// Turns what a line of input holds into articles: runs of tokens with their types.
///
/// Prompt and completion are tokenised apart, and an end token follows each completion. The last token of what may
/// attend to itself becomes a separator.
final class ArticleTokenizer {

    private final Encoder encoder;
    private final OptionalInt beginToken;
    private final int endToken;
    private final PrepareRequest.Format format;
    private long tokens;

    /// Text to tokens, with no special ones added.
    @FunctionalInterface
    interface Encoder {
        long[] encode(String text);
    }

    /// @param beginToken the token that begins a text, if the tokenizer has one
    /// @param endToken the token that ends a text
    ArticleTokenizer(Encoder encoder, OptionalInt beginToken, int endToken, PrepareRequest.Format format) {
        this.encoder = encoder;
        this.beginToken = beginToken;
        this.endToken = endToken;
        this.format = format;
    }

    /// How many tokens came out so far.
    long tokens() {
        return tokens;
    }

    /// The article of a line of plain text: all of it is a completion.
    List<TokenRun> text(String line) {
        TokenRun article = new TokenRun();
        add(new Pair("", line, TokenRun.NO_CATEGORY), article);
        article.separate();
        return List.of(article);
    }

    /// The articles of a line of pairs: one, or one a pair.
    List<TokenRun> pairs(List<Pair> pairs) {
        return articles(pairs, false);
    }

    /// The same, for pairs that stand as they are to be: nothing is skipped, no space put between.
    List<TokenRun> turns(List<Pair> turns) {
        return articles(turns, true);
    }

    private List<TokenRun> articles(List<Pair> pairs, boolean asTheyAre) {
        boolean apart = format.packingBoundary() == Boundary.PROMPT_COMPLETION_PAIR;
        List<TokenRun> articles = new ArrayList<>();
        TokenRun article = new TokenRun();
        for (int i = 0; i < pairs.size(); i++) {
            Pair pair = pairs.get(i);
            if (!asTheyAre && pair.completion().isEmpty() && !format.keepPromptOnly()) {
                continue;
            }
            add(format.spaceSeparator() && !asTheyAre ? spaced(pair) : pair, article);
            if (format.attentionBoundary() == Boundary.PROMPT_COMPLETION_PAIR) {
                article.separate();
            }
            if (apart && i < pairs.size() - 1) {
                articles.add(article);
                article = new TokenRun();
            }
        }
        article.separate();
        articles.add(article);
        return articles;
    }

    private static Pair spaced(Pair pair) {
        String prompt = pair.prompt();
        int end = prompt.length();
        while (end > 0 && prompt.charAt(end - 1) == ' ') {
            end--;
        }
        String completion = pair.completion();
        int start = 0;
        while (start < completion.length() && completion.charAt(start) == ' ') {
            start++;
        }
        return new Pair(
                prompt.substring(0, end),
                completion.isEmpty() ? "" : " " + completion.substring(start),
                pair.category());
    }

    private void add(Pair pair, TokenRun article) {
        int before = article.length();
        boolean asked = !pair.prompt().isEmpty();
        if (asked) {
            String prompt = format.promptPrefix() + pair.prompt() + format.promptPostfix();
            add(encoder.encode(prompt), 0, TokenType.PROMPT, pair.category(), article);
        }
        if (!pair.completion().isEmpty()) {
            long[] ids = encoder.encode(pair.completion());
            // Inside an article a text does not begin anew, even if it says so.
            int first = asked && ids.length > 0 && ids[0] == beginToken.orElse(-1) ? 1 : 0;
            add(ids, first, TokenType.COMPLETION, pair.category(), article);
        }
        if (article.length() > before) {
            article.add(endToken, TokenType.COMPLETION, pair.category());
        }
        tokens += article.length() - before;
    }

    /// An end token that the text itself brings along at its end is not doubled.
    private void add(long[] ids, int first, TokenType type, int category, TokenRun article) {
        int end = ids.length > first && ids[ids.length - 1] == endToken ? ids.length - 1 : ids.length;
        for (int i = first; i < end; i++) {
            article.add(Math.toIntExact(ids[i]), type, category);
        }
    }
}
