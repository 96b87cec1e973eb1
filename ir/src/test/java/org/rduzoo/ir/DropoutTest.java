package org.rduzoo.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.rduzoo.ir.TestGraphs.assertBreaks;
import static org.rduzoo.ir.TestGraphs.result;
import static org.rduzoo.ir.TestGraphs.value;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class DropoutTest {

    private static final int N = 1 << 16;
    private static final float[] FIXED = {
        3338589 * 0x1p-24f, 12251599 * 0x1p-24f, 2708083 * 0x1p-24f, 15640184 * 0x1p-24f
    };

    @Test
    void operandsKeepTheirConstraints() {
        Value x = value(DType.F32, 2);
        Value seed = value(DType.I64);
        Value p = value(DType.F32);
        assertThat(new Elementwise.Dropout(x, seed, p, 0).infer()).containsExactly(x.type());
        assertBreaks("C1", new Elementwise.Dropout(seed, seed, p, 0));
        assertBreaks("C1", new Elementwise.Dropout(x, p, p, 0));
        assertBreaks("C1", new Elementwise.Dropout(x, seed, x, 0));
    }

    @Test
    void theGivenShareIsZeroAndTheRestIsRaised() {
        double[] out = dropout(1, 0, 0.3);
        assertThat(Arrays.stream(out).distinct().sorted().toArray()).containsExactly(0, 1 / 0.7);
        assertThat(Arrays.stream(out).average().orElse(0)).isCloseTo(1, within(0.02));
    }

    @Test
    void nothingOrAllIsDropped() {
        assertThat(dropout(1, 0, 0)).containsOnly(1);
        assertThat(dropout(1, 0, 1)).containsOnly(0);
    }

    @Test
    void seedsLayersAndPlacesAreIndependent() {
        assertThat(agreement(dropout(1, 0, 0.5), dropout(2, 0, 0.5))).isCloseTo(0.5, within(0.01));
        assertThat(agreement(dropout(1, 0, 0.5), dropout(1, 1, 0.5))).isCloseTo(0.5, within(0.01));
        double[] out = dropout(7, 3, 0.5);
        for (int lag : new int[] {1, 2, 16, 256, 4096}) {
            assertThat(agreement(out, Arrays.copyOfRange(out, lag, N))).isCloseTo(0.5, within(0.01));
        }
        assertThat(dropout(1, 0, 0.5)).isEqualTo(dropout(1, 0, 0.5));
    }

    @Test
    void placesBeyondTheIntegersDiffer() {
        int same = 0;
        for (int i = 0; i < 1000; i++) {
            same += DropoutNumbers.uniform(1, 0, i) == DropoutNumbers.uniform(1, 0, i + (1L << 32)) ? 1 : 0;
        }
        assertThat(same).isLessThan(5);
    }

    /// The numbers that every implementation must have.
    @Test
    void theGeneratorIsFixed() {
        float[] numbers = {
            DropoutNumbers.uniform(0, 0, 0),
            DropoutNumbers.uniform(0, 0, 1),
            DropoutNumbers.uniform(256, 3, 12_345),
            DropoutNumbers.uniform(-1, 7, 1L << 40)
        };
        assertThat(numbers).containsExactly(FIXED);
    }

    private static double[] dropout(long seed, long layer, double probability) {
        return result(
                v -> new Elementwise.Dropout(v[0], v[1], v[2], layer),
                Dense.filled(Type.of(DType.F32, N), 1),
                Dense.scalar(DType.I64, (double) seed),
                Dense.scalar(DType.F32, probability));
    }

    private static double agreement(double[] a, double[] b) {
        int same = 0;
        for (int i = 0; i < b.length; i++) {
            same += (a[i] == 0) == (b[i] == 0) ? 1 : 0;
        }
        return (double) same / b.length;
    }
}
