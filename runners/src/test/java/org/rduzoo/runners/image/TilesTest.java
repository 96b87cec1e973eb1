package org.rduzoo.runners.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Pictures in tiles, and what comes out of them.
class TilesTest {

    @Test
    void tilesCoverASideEvenly() {
        assertThat(Tiles.starts(100, 100, 8)).containsExactly(0);
        assertThat(Tiles.starts(60, 100, 8)).containsExactly(0);
        assertThat(Tiles.starts(101, 100, 8)).containsExactly(0, 1);
        assertThat(Tiles.starts(256, 100, 20)).containsExactly(0, 78, 156);
    }

    /// Of one score a place, the class is whether it is over 0: so tiles that are put together give the picture's
    /// signs.
    @ParameterizedTest
    @CsvSource({"1, 20, 30", "1, 7, 9", "9, 12, 30", "3, 8, 8"})
    void tilesPutTogetherAreThePicture(int depth, int height, int width) {
        boolean volume = depth > 1;
        List<Integer> sides = volume ? List.of(depth, height, width) : List.of(height, width);
        SplittableRandom random = new SplittableRandom(3);
        float[] plane = new float[depth * height * width];
        for (int i = 0; i < plane.length; i++) {
            plane[i] = random.nextFloat() - 0.5f;
        }
        Picture picture = new Picture(sides, new float[][] {plane});
        Tiles tiles = new Tiles(volume ? List.of(4, 8, 8) : List.of(8, 8), 2);
        Tiles.Scores scores = tiles.new Scores(sides, 1);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(4 * (1 + Picture.places(tiles.sides())));
            for (int[] start : tiles.starts(sides)) {
                picture.copy(tiles.places(sides, start), memory, 1);
                scores.add(start, memory, 1);
            }
        }
        assertThat(scores.classes())
                .containsExactly(IntStream.range(0, plane.length)
                        .map(i -> plane[i] > 0 ? 1 : 0)
                        .toArray());
    }

    @Test
    void overlapCountsWhatBothHaveClassByClass() {
        Overlap half = new Overlap(2).add(new int[] {1, 1, 0, 0}, new int[] {0, 1, 1, 0});
        assertThat(half.dice()).isEqualTo(0.5);
        assertThat(half.iou()).isCloseTo(1 / 3.0, within(1e-12));
        assertThat(new Overlap(2).add(new int[2], new int[2]).dice()).isEqualTo(1);
        Overlap three = new Overlap(4).add(new int[] {1, 1}, new int[] {1, 1}).add(new int[] {2, 0}, new int[] {0, 2});
        assertThat(three.dice()).isEqualTo(0.5);
        assertThat(three.iou()).isEqualTo(0.5);
    }
}
