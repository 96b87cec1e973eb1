package org.rduzoo.runners.synthetic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Images of shapes: what a threshold makes of them.
class ShapesTest {

    @Test
    void noThresholdTellsTheShapesFromTheRest() {
        assertThat(Shapes.bestThreshold(Shapes.draw(1, 100, 256).heldOut())).isBetween(0.2, 0.6);
    }

    @Test
    void aThresholdThatIsRightIsFound() {
        byte[] image = new byte[Shapes.SIDE * Shapes.SIDE];
        boolean[] mask = new boolean[image.length];
        for (int i = 0; i < image.length; i++) {
            mask[i] = i % 3 == 0;
            image[i] = (byte) (mask[i] ? 200 : 100);
        }
        Shapes light = new Shapes(image, mask);
        assertThat(Shapes.bestThreshold(List.of(light))).isEqualTo(1);
        mask[1] = true;
        assertThat(Shapes.bestThreshold(List.of(light))).isBetween(0.99, 0.9999);
    }
}
