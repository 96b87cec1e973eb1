package org.rduzoo.runners.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.rduzoo.samba.UserError;

final class SamplerTest {

    private static final int DRAWS = 20_000;

    private static MemorySegment scores(double... scores) {
        float[] floats = new float[scores.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) scores[i];
        }
        return MemorySegment.ofArray(floats);
    }

    /// How often each token is drawn, as a share.
    private static Map<Integer, Double> shares(Sampling sampling, MemorySegment scores) {
        int vocabulary = (int) (scores.byteSize() / 4);
        Sampler sampler = new Sampler(sampling, vocabulary);
        Map<Integer, Double> shares = new HashMap<>();
        for (int i = 0; i < DRAWS; i++) {
            shares.merge(sampler.next(scores, 0), 1.0 / DRAWS, Double::sum);
        }
        return shares;
    }

    @Test
    void withoutATemperatureTheBestIsTaken() {
        Sampler sampler = new Sampler(Sampling.GREEDY, 4);
        assertThat(sampler.next(scores(-3, -1, -2, -4), 0)).isEqualTo(1);
        assertThat(sampler.next(scores(9, 9, 9, 9, 0, 0, 1, 1), 16))
                .as("the first of equals, in the row asked for")
                .isEqualTo(2);
    }

    @Test
    void tokensAreDrawnByTheirProbability() {
        MemorySegment scores = scores(Math.log(0.5), Math.log(0.3), Math.log(0.2));
        Map<Integer, Double> shares = shares(new Sampling(1, 0, 1, 1, 7), scores);
        assertThat(shares.get(0)).isCloseTo(0.5, within(0.02));
        assertThat(shares.get(1)).isCloseTo(0.3, within(0.02));
        assertThat(shares.get(2)).isCloseTo(0.2, within(0.02));
    }

    @Test
    void aHighTemperatureEvensOutAndALowOneSharpens() {
        MemorySegment scores = scores(Math.log(0.8), Math.log(0.2));
        assertThat(shares(new Sampling(2, 0, 1, 1, 7), scores).get(0)).isCloseTo(2 / 3.0, within(0.02));
        assertThat(shares(new Sampling(0.5, 0, 1, 1, 7), scores).get(0)).isCloseTo(16 / 17.0, within(0.02));
    }

    @Test
    void topKLeavesOutTheRest() {
        MemorySegment scores = scores(1, 4, 2, 3);
        assertThat(shares(new Sampling(5, 2, 1, 1, 7), scores).keySet()).isEqualTo(Set.of(1, 3));
        assertThat(shares(new Sampling(5, 1, 1, 1, 7), scores).keySet()).isEqualTo(Set.of(1));
        assertThat(shares(new Sampling(5, 9, 1, 1, 7), scores).keySet()).hasSize(4);
    }

    @Test
    void topPKeepsTheFewestThatReachIt() {
        MemorySegment scores = scores(Math.log(0.1), Math.log(0.45), Math.log(0.15), Math.log(0.3));
        assertThat(shares(new Sampling(1, 0, 0.4, 1, 7), scores).keySet()).isEqualTo(Set.of(1));
        assertThat(shares(new Sampling(1, 0, 0.7, 1, 7), scores).keySet()).isEqualTo(Set.of(1, 3));
        assertThat(shares(new Sampling(1, 0, 0.8, 1, 7), scores).keySet()).isEqualTo(Set.of(1, 2, 3));
        Map<Integer, Double> both = shares(new Sampling(1, 3, 0.83, 1, 7), scores);
        assertThat(both.keySet())
                .as("top-p counts what top-k has left: 0.5 and 0.33 are enough")
                .isEqualTo(Set.of(1, 3));
        assertThat(both.get(1)).isCloseTo(0.6, within(0.02));
    }

    @Test
    void theRepetitionPenaltyMakesWhatWasThereLessLikely() {
        Sampler sampler = new Sampler(new Sampling(0, 0, 1, 2, 7), 3);
        sampler.saw(0);
        assertThat(sampler.next(scores(4, 3, 1), 0)).as("4 becomes 2").isEqualTo(1);
        assertThat(sampler.next(scores(-1, -1.5, -1.8), 0))
                .as("those of 0 and 1 become -2 and -3")
                .isEqualTo(2);
    }

    @Test
    void theSameSeedDrawsTheSame() {
        MemorySegment scores =
                scores(IntStream.range(0, 100).mapToDouble(i -> i % 7).toArray());
        Sampling sampling = new Sampling(1.5, 0, 0.95, 1.1, 42);
        List<List<Integer>> runs = IntStream.range(0, 2)
                .mapToObj(_ -> {
                    Sampler sampler = new Sampler(sampling, 100);
                    return IntStream.range(0, 50)
                            .map(_ -> sampler.next(scores, 0))
                            .boxed()
                            .toList();
                })
                .toList();
        assertThat(runs.get(0)).isEqualTo(runs.get(1));
        assertThat(Set.copyOf(runs.get(0))).hasSizeGreaterThan(10);
    }

    @Test
    void scoresThatAreNoNumbersAreAnError() {
        Sampler sampler = new Sampler(Sampling.GREEDY, 2);
        assertThatThrownBy(() -> sampler.next(scores(Double.NaN, Double.NaN), 0))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("no finite numbers");
        assertThatThrownBy(() -> sampler.next(scores(0, Double.POSITIVE_INFINITY), 0))
                .isInstanceOf(UserError.class);
    }
}
