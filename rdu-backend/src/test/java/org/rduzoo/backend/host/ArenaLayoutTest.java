package org.rduzoo.backend.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.rduzoo.backend.host.ArenaLayout.Life;

class ArenaLayoutTest {

    @Test
    void buffersAliveTogetherDoNotOverlap() {
        Random random = new Random(1);
        for (int round = 0; round < 200; round++) {
            List<Life> lives = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                int first = random.nextInt(30);
                lives.add(life(i, 1 + random.nextInt(1000), first, first + random.nextInt(8)));
            }
            ArenaLayout layout = ArenaLayout.of(lives);
            for (Life a : lives) {
                long offset = layout.offset(a.buffer());
                assertThat(offset % 64).isZero();
                assertThat(offset + a.buffer().bytes()).isLessThanOrEqualTo(layout.bytes());
                for (Life b : lives) {
                    if (!a.equals(b) && a.first() <= b.last() && b.first() <= a.last()) {
                        long other = layout.offset(b.buffer());
                        assertThat(offset + a.buffer().bytes() <= other
                                        || other + b.buffer().bytes() <= offset)
                                .isTrue();
                    }
                }
            }
        }
    }

    @Test
    void memoryIsUsedAgain() {
        List<Life> chain = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            chain.add(life(i, 6400, i, i + 1));
        }
        assertThat(ArenaLayout.of(chain).bytes()).isEqualTo(2 * 6400);
    }

    private static Life life(int number, long bytes, int first, int last) {
        return new Life(new Buffer(number, Buffer.Kind.ARENA, bytes), first, last);
    }
}
