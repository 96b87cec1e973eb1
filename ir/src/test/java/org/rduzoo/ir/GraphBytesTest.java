package org.rduzoo.ir;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class GraphBytesTest {

    private static final int MUTANTS = 20_000;

    @Test
    void everyKindOfOperationSurvivesTheRoundTrip() {
        for (Graph graph : List.of(Samples.everyOperation(), Samples.small())) {
            Graph read = GraphBytes.read(ByteBuffer.wrap(GraphBytes.write(graph)));
            assertThat(GraphText.print(read)).isEqualTo(GraphText.print(graph));
            Verifier.check(read);
            assertThat(GraphBytes.write(read)).isEqualTo(GraphBytes.write(graph));
        }
    }

    @Test
    void whatWasNotWrittenIsRefusedOrAnotherGraph() {
        byte[] seed = GraphBytes.write(Samples.everyOperation());
        SplittableRandom random = new SplittableRandom(20_261_128);
        int refused = 0;
        for (int i = 0; i < MUTANTS; i++) {
            byte[] mutant = mutate(seed, random);
            try {
                GraphBytes.read(ByteBuffer.wrap(mutant));
            } catch (IllegalArgumentException | IndexOutOfBoundsException _) {
                refused++;
            } catch (RuntimeException | Error e) {
                throw new AssertionError("mutant " + i, e);
            }
        }
        assertThat(refused).isBetween(MUTANTS / 10, MUTANTS - 1);
    }

    private static byte[] mutate(byte[] seed, SplittableRandom random) {
        byte[] mutant = seed.clone();
        int numbers = ByteBuffer.wrap(seed).order(ByteOrder.LITTLE_ENDIAN).getInt();
        int at = random.nextInt(numbers + 1) * Integer.BYTES;
        int[] values = {-1, 0, 1, 7, numbers, Integer.MAX_VALUE, Integer.MIN_VALUE, random.nextInt()};
        ByteBuffer.wrap(mutant).order(ByteOrder.LITTLE_ENDIAN).putInt(at, values[random.nextInt(values.length)]);
        return mutant;
    }
}
