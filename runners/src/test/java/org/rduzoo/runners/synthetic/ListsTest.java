package org.rduzoo.runners.synthetic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ListsTest {

    private static final Split<Example> SPLIT = Lists.draw(3000, 300, 1);

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    copy m q a x d f :       | m q a x d f
                    reverse m q a x d f :    | f d x a q m
                    sort m q a x d f :       | a d f m q x
                    next m q a z d f :       | n r b a e g
                    """)
    void theFirstWordSaysWhatComesAfterTheColon(String prompt, String answer) {
        assertThat(Lists.answer(prompt)).isEqualTo(answer);
    }

    @Test
    void examplesKeepToTheRulesAndToTheWordsOfTheTokenizer() {
        assertThat(SPLIT.training())
                .hasSize(3000)
                .allSatisfy(e -> assertThat(e.completion()).isEqualTo(Lists.answer(e.prompt())))
                .allSatisfy(e -> assertThat(Lists.WORDS).contains(e.text().split(" ", -1)));
        assertThat(SPLIT.training().stream()
                        .map(e -> e.prompt().split(" ", -1)[0])
                        .distinct())
                .containsExactlyInAnyOrder("copy", "reverse", "sort", "next");
    }

    @Test
    void whatIsHeldOutSharesNoRunOfEightWordsWithWhatIsLearned() {
        Set<List<String>> learned = new HashSet<>();
        SPLIT.training().forEach(e -> learned.addAll(runs(e.text())));
        assertThat(SPLIT.heldOut())
                .hasSize(300)
                .doesNotHaveDuplicates()
                .allSatisfy(e -> assertThat(runs(e.prompt())).isNotEmpty().noneMatch(learned::contains));
    }

    private static Set<List<String>> runs(String text) {
        List<String> words = List.of(text.split(" ", -1));
        Set<List<String>> runs = new HashSet<>();
        for (int i = 0; i + 8 <= words.size(); i++) {
            runs.add(words.subList(i, i + 8));
        }
        return runs;
    }

    @Test
    void sharedRunsAreFound() {
        Runs runs = Runs.of(List.of(new Example("a b c d e f", "g h i")));
        assertThat(runs.sharedWith("b c d e f g h i")).isEqualTo(1);
        assertThat(runs.sharedWith("a b c d e f g h i")).isEqualTo(2);
        assertThat(runs.sharedWith("a b c d e f g x h i")).isZero();
    }

    @Test
    void pairsOfWordsDoNotTellWhatFollows() {
        Bigrams bigrams = Bigrams.of(SPLIT.training());
        assertThat(bigrams.right(SPLIT.heldOut())).isLessThan(0.1);
        assertThat(bigrams.rightWords(SPLIT.heldOut())).isLessThan(0.2);
    }

    @Test
    void pairsOfWordsTellWhatFollowsWhereTheyCan() {
        List<Example> counted = List.of(new Example("a b", "c d"), new Example("b", "c d"), new Example("x c", "e"));
        Bigrams bigrams = Bigrams.of(counted);
        assertThat(bigrams.right(counted)).isEqualTo(2 / 3.0);
        assertThat(bigrams.rightWords(counted)).isEqualTo(7 / 8.0);
    }
}
