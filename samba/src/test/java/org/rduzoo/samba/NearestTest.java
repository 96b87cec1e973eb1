package org.rduzoo.samba;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class NearestTest {

    @Test
    void theNearestComeFirstAndEqualDistancesInAlphabeticalOrder() {
        assertThat(Nearest.of("hiden_size", List.of("head_size", "hidden_size", "hidden_act", "vocab"), 2))
                .containsExactly("hidden_size", "head_size");
        assertThat(Nearest.of("ac", List.of("ab", "aa", "ac"), 3)).containsExactly("ac", "aa", "ab");
    }

    @Test
    void whatIsTooFarToBeMeantIsLeftOut() {
        assertThat(Nearest.of("rope", List.of("quantization_config"), 3)).isEmpty();
        assertThat(Nearest.of("ab", List.of("cd", "cde"), 3)).containsExactly("cd");
        assertThat(Nearest.of("x", List.of(), 3)).isEmpty();
    }

    @Test
    void theHintAsksForTheNearestOrSaysNothing() {
        assertThat(Nearest.hint("layer_norm_epsilon", List.of("layer_norm_eps", "hidden_size")))
                .isEqualTo(" Did you mean layer_norm_eps?");
        assertThat(Nearest.hint("rope", List.of("quantization_config"))).isEmpty();
    }
}
