package org.rduzoo.runners.synthetic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RolesTest {

    private static final Split<Roles.Item> SPLIT = Roles.draw(2000, 400, 1);

    @Test
    void whoGaveDoesNotHaveIt() {
        assertThat(SPLIT.training())
                .hasSize(2000)
                .doesNotHaveDuplicates()
                .allSatisfy(item -> assertThat(item.isTrue())
                        .as(item.toString())
                        .isNotEqualTo(item.pair().startsWith(giver(item.text()))));
        assertThat(SPLIT.training().stream().filter(Roles.Item::isTrue).count()).isBetween(900L, 1100L);
        assertThat(SPLIT.heldOut()).hasSize(400).doesNotContainAnyElementsOf(SPLIT.training());
    }

    /// Who gives stands first before "to", and after "from".
    private static String giver(String sentence) {
        List<String> words = List.of(sentence.split("[ .]", -1));
        int from = words.indexOf("from");
        return from < 0 ? words.getFirst() : words.get(from + 1);
    }

    @Test
    void whichWordsThereAreDoesNotTellTheLabel() {
        assertThat(BagOfWords.of(SPLIT.training()).right(SPLIT.heldOut())).isLessThan(0.7);
    }

    @Test
    void whichWordsThereAreTellsTheLabelWhereItCan() {
        List<Roles.Item> easy = IntStream.range(0, 200)
                .mapToObj(i -> new Roles.Item("a thing " + i, i % 3 == 0 ? "it is so" : "it is not so", i % 3 == 0))
                .toList();
        assertThat(BagOfWords.of(easy).right(easy)).isEqualTo(1);
    }
}
