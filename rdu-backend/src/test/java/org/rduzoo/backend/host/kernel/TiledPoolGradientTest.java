package org.rduzoo.backend.host.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rduzoo.backend.host.kernel.Numbers.at;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Window;

class TiledPoolGradientTest {

    private final Numbers numbers = new Numbers(11);

    @Test
    void theFirstOfTheGreatestGetsTheGradient() {
        Shape places = Shape.of(2, 16, 4, 6, 8);
        Shape positions = Shape.of(2, 16, 2, 3, 4);
        Window window = new Window(List.of(2, 2, 2), List.of(2, 2, 2), List.of(0, 0, 0), List.of(1, 1, 1));
        PoolSpec pool = PoolSpec.max(places, positions, window);
        int count = (int) places.elements();
        int results = (int) positions.elements();
        // Few different numbers, so that many are equal.
        Place x = numbers.filled(DType.F32, count, i -> i * 7 % 5 - 2);
        Place gradient = numbers.filled(DType.F32, results, i -> i + 1);
        Place expected = numbers.empty(DType.F32, count);
        Place actual = numbers.empty(DType.F32, count);
        assertThat(TiledPoolGradient.isFor(pool)).isTrue();
        PoolGradient.general(pool, x, gradient, expected).run(0, 1);
        Kernel tiled = new TiledPoolGradient(pool, x, gradient, actual, new ScalarTileMath(), numbers.scratch(3));
        for (int part = 0; part < 3; part++) {
            tiled.run(part, 3);
        }
        double sum = 0;
        for (int i = 0; i < count; i++) {
            assertThat(at(actual, i)).as("element %d", i).isEqualTo(at(expected, i));
            sum += at(actual, i);
        }
        assertThat(sum).isEqualTo(results * (results + 1) / 2.0);
        Numbers.assertUntouchedBehind(actual, count);
    }

    @Test
    void windowsThatOverlapOrLeavePlacesOutAreNotItsOwn() {
        Window overlapping = new Window(List.of(3), List.of(2), List.of(1), List.of(1));
        assertThat(TiledPoolGradient.isFor(PoolSpec.max(Shape.of(1, 16, 8), Shape.of(1, 16, 4), overlapping)))
                .isFalse();
        Window halves = new Window(List.of(2), List.of(2), List.of(0), List.of(1));
        assertThat(TiledPoolGradient.isFor(PoolSpec.max(Shape.of(1, 16, 9), Shape.of(1, 16, 4), halves)))
                .isFalse();
    }
}
