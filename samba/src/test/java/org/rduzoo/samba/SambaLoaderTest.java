package org.rduzoo.samba;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.rduzoo.samba.SambaLoader.Batch;
import org.rduzoo.samba.SambaLoader.Order;
import org.rduzoo.samba.SambaLoader.State;

class SambaLoaderTest {

    /// Sample `i` is the number `i`.
    private record Numbers(int count) implements BatchSource {
        @Override
        public List<SambaTensor> batch(int[] samples) {
            long[] values = Arrays.stream(samples).asLongStream().toArray();
            return List.of(SambaTensor.of("number", values, samples.length));
        }
    }

    private static SambaLoader shuffled(int count, int batch, long seed) {
        return new SambaLoader(new Numbers(count), batch, Order.SHUFFLED, seed);
    }

    private static List<List<Integer>> take(SambaLoader loader, int batches) {
        return IntStream.range(0, batches)
                .mapToObj(_ -> loader.next().samples())
                .toList();
    }

    @Test
    void eachEpochBringsEachSampleOnceInAnOrderOfItsOwn() {
        try (SambaLoader loader = shuffled(12, 4, 1)) {
            List<List<Integer>> orders = new ArrayList<>();
            for (int epoch = 0; epoch < 3; epoch++) {
                List<Integer> order = new ArrayList<>();
                for (int step = 0; step < loader.stepsPerEpoch(); step++) {
                    Batch batch = loader.next();
                    assertThat(batch.place()).isEqualTo(new State(1, epoch, step));
                    assertThat(batch.endsEpoch()).isEqualTo(step == 2);
                    assertThat(batch.tensor("number").toLongs())
                            .isEqualTo(
                                    batch.samples().stream().mapToLong(i -> i).toArray());
                    order.addAll(batch.samples());
                }
                assertThat(order).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
                orders.add(order);
            }
            assertThat(orders).doesNotHaveDuplicates();
        }
    }

    @Test
    void theSeedAloneDecides() {
        try (SambaLoader one = shuffled(50, 3, 7);
                SambaLoader same = shuffled(50, 3, 7);
                SambaLoader other = shuffled(50, 3, 8)) {
            List<List<Integer>> first = take(one, 40);
            assertThat(take(same, 40)).isEqualTo(first);
            assertThat(take(other, 40)).isNotEqualTo(first);
        }
    }

    @Test
    void aLoaderGoesOnWhereAnotherLeftOff() {
        try (SambaLoader whole = shuffled(23, 4, 3)) {
            List<List<Integer>> all = take(whole, 17);
            for (int done = 0; done < 17; done++) {
                try (SambaLoader begun = shuffled(23, 4, 3);
                        SambaLoader resumed = shuffled(23, 4, 99)) {
                    take(begun, done);
                    resumed.next();
                    resumed.resume(begun.state());
                    assertThat(take(resumed, 17 - done)).isEqualTo(all.subList(done, 17));
                }
            }
        }
    }

    @Test
    void samplesThatFillNoBatchAreLeftOutOfAShuffledEpoch() {
        try (SambaLoader loader = shuffled(5, 2, 1)) {
            assertThat(loader.stepsPerEpoch()).isEqualTo(2);
            assertThat(take(loader, 2).stream().flatMap(List::stream))
                    .doesNotHaveDuplicates()
                    .hasSize(4);
        }
    }

    @Test
    void anEpochEndsWhereItsBatchesDo() {
        try (SambaLoader loader = shuffled(12, 4, 1)) {
            loader.next();
            List<State> places = new ArrayList<>();
            loader.epoch().forEach(b -> places.add(b.place()));
            loader.epoch().forEach(b -> places.add(b.place()));
            assertThat(places)
                    .containsExactly(
                            new State(1, 0, 1),
                            new State(1, 0, 2),
                            new State(1, 1, 0),
                            new State(1, 1, 1),
                            new State(1, 1, 2));
        }
    }

    @Test
    void inTurnNoSampleIsLeftOut() {
        try (SambaLoader loader = new SambaLoader(new Numbers(5), 2, Order.IN_TURN, 1)) {
            assertThat(take(loader, 4))
                    .containsExactly(List.of(0, 1), List.of(2, 3), List.of(4, BatchSource.NONE), List.of(0, 1));
        }
    }

    @Test
    void aSourceThatFailsFailsTheCaller() {
        BatchSource broken = new BatchSource() {
            @Override
            public int count() {
                return 4;
            }

            @Override
            public List<SambaTensor> batch(int[] samples) {
                throw new UserError("the disk is gone");
            }
        };
        try (SambaLoader loader = new SambaLoader(broken, 2, Order.SHUFFLED, 1)) {
            assertThatThrownBy(loader::next).isInstanceOf(UserError.class).hasMessage("the disk is gone");
        }
    }

    @Test
    void placesThatAreNotThereAreRefused() {
        assertThatThrownBy(() -> shuffled(3, 4, 1))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("3 samples");
        try (SambaLoader loader = shuffled(12, 4, 1)) {
            assertThatThrownBy(() -> loader.resume(new State(1, 0, 3)))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("3 steps");
            assertThatThrownBy(() -> loader.next().tensor("numbers")).hasMessageContaining("number");
        }
    }
}
