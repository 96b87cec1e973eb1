package org.rduzoo.runners.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.rduzoo.runners.data.PairReader.Pair;

class ArticleTokenizerTest {

    private static final int BEGIN = '^';
    private static final int END = '$';

    private static ArticleTokenizer tokenizer(PrepareRequest.Format format) {
        return new ArticleTokenizer(t -> t.chars().asLongStream().toArray(), OptionalInt.of(BEGIN), END, format);
    }

    private static PrepareRequest.Format format(Boundary packing, Boundary attention, boolean keepPromptOnly) {
        return new PrepareRequest.Format(packing, attention, keepPromptOnly, true, false, "", "");
    }

    private static final PrepareRequest.Format PLAIN = format(Boundary.JSONL, Boundary.JSONL, false);

    private static Pair pair(String prompt, String completion) {
        return new Pair(prompt, completion, TokenRun.NO_CATEGORY);
    }

    /// Characters, then types, of each article.
    private static List<String> shown(List<TokenRun> articles) {
        return articles.stream()
                .map(a -> IntStream.range(0, a.length())
                                .mapToObj(i -> String.valueOf((char) a.id(i)))
                                .collect(Collectors.joining())
                        + " "
                        + IntStream.range(0, a.length())
                                .mapToObj(i -> String.valueOf(a.type(i)))
                                .collect(Collectors.joining()))
                .toList();
    }

    private static List<String> articles(PrepareRequest.Format format, Pair... pairs) {
        return shown(tokenizer(format).pairs(List.of(pairs)));
    }

    @Test
    void exactlyOneSpaceStandsBeforeACompletion() {
        assertThat(articles(PLAIN, pair("a  ", "  b "))).containsExactly("a b $ 01113");
        assertThat(articles(PLAIN, pair(" ", "b"))).containsExactly(" b$ 113");
    }

    @Test
    void spacesStayWhereTheSeparatorIsOff() {
        var format = new PrepareRequest.Format(Boundary.JSONL, Boundary.JSONL, false, false, false, "", "");
        assertThat(articles(format, pair("a ", "  b"))).containsExactly("a   b$ 001113");
    }

    @Test
    void prefixAndPostfixStandAroundAPromptThatIsThere() {
        var format = new PrepareRequest.Format(Boundary.JSONL, Boundary.JSONL, false, true, false, "<", ">");
        assertThat(articles(format, pair("a", "b"), pair("", "c"))).containsExactly("<a> b$ c$ 000111113");
    }

    @Test
    void aPairWithoutACompletionCountsOnlyIfKept() {
        assertThat(articles(PLAIN, pair("a", ""), pair("b", "c"))).containsExactly("b c$ 0113");
        assertThat(articles(format(Boundary.JSONL, Boundary.JSONL, true), pair("a", ""), pair("b", "c")))
                .containsExactly("a$b c$ 010113");
    }

    @Test
    void theBoundaryOfAttentionEndsEachPair() {
        assertThat(articles(
                        format(Boundary.JSONL, Boundary.PROMPT_COMPLETION_PAIR, false), pair("a", "b"), pair("c", "d")))
                .containsExactly("a b$c d$ 01130113");
    }

    @Test
    void theBoundaryOfPackingMakesEachPairAnArticle() {
        assertThat(articles(
                        format(Boundary.PROMPT_COMPLETION_PAIR, Boundary.JSONL, false), pair("a", "b"), pair("c", "d")))
                .containsExactly("a b$ 0111", "c d$ 0113");
    }

    @Test
    void endTokensAreNotDoubledAndBeginTokensDoNotStandInside() {
        var format = new PrepareRequest.Format(Boundary.JSONL, Boundary.JSONL, false, false, false, "", "");
        assertThat(articles(format, pair("^a$", "^b$"))).containsExactly("^ab$ 0013");
        assertThat(articles(format, pair("", "^b"))).containsExactly("^b$ 113");
    }

    @Test
    void aLineOfTextIsAllCompletion() {
        assertThat(shown(tokenizer(PLAIN).text("ab\n"))).containsExactly("ab\n$ 1113");
    }
}
