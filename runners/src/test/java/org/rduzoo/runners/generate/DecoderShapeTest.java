package org.rduzoo.runners.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class DecoderShapeTest {

    private static final DecoderShape SHAPE = new DecoderShape(1, 4096, List.of(32, 128, 512, 2048));

    @Test
    void aPromptGoesThroughInFewChunksWithLittlePadding() {
        assertThat(SHAPE.plan(1)).containsExactly(32);
        assertThat(SHAPE.plan(32)).containsExactly(32);
        assertThat(SHAPE.plan(33)).containsExactly(32, 32);
        assertThat(SHAPE.plan(100)).containsExactly(128);
        assertThat(SHAPE.plan(300)).containsExactly(128, 128, 32, 32);
        assertThat(SHAPE.plan(500)).containsExactly(512);
        assertThat(SHAPE.plan(3000)).containsExactly(2048, 512, 512);
    }

    @Test
    void everyTokenIsInAChunk() {
        for (int tokens = 1; tokens < 4096; tokens++) {
            int sum = SHAPE.plan(tokens).stream().mapToInt(Integer::intValue).sum();
            assertThat(sum).isGreaterThanOrEqualTo(tokens).isLessThan(Math.max(tokens * 3 / 2, tokens + 32));
        }
    }

    @Test
    void aGraphsNameSaysItsChunk() {
        assertThat(DecoderShape.chunk(DecoderShape.prefill(512))).isEqualTo(512);
        assertThat(DecoderShape.chunk("decode")).isZero();
        assertThat(DecoderShape.chunk("prefill_x")).isZero();
    }
}
