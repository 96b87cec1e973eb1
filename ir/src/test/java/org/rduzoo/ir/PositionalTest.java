package org.rduzoo.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.rduzoo.ir.TestGraphs.assertBreaks;
import static org.rduzoo.ir.TestGraphs.dims;
import static org.rduzoo.ir.TestGraphs.evaluate;
import static org.rduzoo.ir.TestGraphs.f32;
import static org.rduzoo.ir.TestGraphs.i64;
import static org.rduzoo.ir.TestGraphs.ramp;
import static org.rduzoo.ir.TestGraphs.result;
import static org.rduzoo.ir.TestGraphs.value;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Operations of [Positional].
final class PositionalTest {

    private static final Value START = value(DType.I64, 2);

    @Test
    void anglesGrowFromTheFirstPositionOn() {
        assertBreaks("C1", new Positional.RopeAngles(value(DType.F32, 2), value(DType.F32, 4), 3));
        assertBreaks("C1", new Positional.RopeAngles(START, value(DType.F32, 2, 2), 3));
        assertBreaks("C2", new Positional.RopeAngles(START, value(DType.F32, 4), -1));
        List<Dense> angles =
                evaluate(v -> new Positional.RopeAngles(v[0], v[1], 2), i64(dims(2), 0, 5), f32(dims(2), 1, 0.25));
        double[] expected = {0, 0, 1, 0.25, 5, 1.25, 6, 1.5};
        for (int i = 0; i < expected.length; i++) {
            assertThat(angles.get(0).data()[i]).isCloseTo(Math.cos(expected[i]), within(1e-15));
            assertThat(angles.get(1).data()[i]).isCloseTo(Math.sin(expected[i]), within(1e-15));
        }
    }

    @Test
    void anAngleIsRoundedToSinglePrecisionBeforeItsCosine() {
        double frequency = (float) 0.1;
        double[] cos = evaluate(
                        v -> new Positional.RopeAngles(v[0], v[1], 1), i64(dims(1), 100_003), f32(dims(1), frequency))
                .getFirst()
                .data();
        assertThat(cos).containsExactly(Math.cos(100_003f * 0.1f));
        assertThat(cos[0]).isNotEqualTo(Math.cos(100_003 * frequency));
    }

    @Test
    void ropeTurnsPairsAndLeavesTheRest() {
        Value angles = value(DType.F32, 1, 2, 1);
        assertBreaks("C1", new Positional.Rope(value(DType.BF16, 1, 1, 2, 3), angles, angles));
        assertBreaks("C2", new Positional.Rope(value(DType.F32, 1, 1, 3, 3), angles, angles));
        assertBreaks("C2", new Positional.Rope(value(DType.F32, 1, 1, 2, 1), angles, angles));
        assertBreaks("C2", new Positional.Rope(value(DType.F32, 1, 1, 2, 3), angles, value(DType.F32, 1, 2, 2)));
        assertThat(result(
                        v -> new Positional.Rope(v[0], v[1], v[2]),
                        f32(dims(1, 2, 2, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
                        f32(dims(1, 2, 1), 0, 0.5),
                        f32(dims(1, 2, 1), 1, 0.25)))
                .containsExactly(-2, 1, 3, 0.75, 3.5, 6, -8, 7, 9, 2.25, 8, 12);
    }

    @Test
    void aRingTakesTokensBeyondItsEndAtItsStart() {
        Value cache = value(DType.F32, 2, 1, 4, 1);
        assertBreaks("C4", new Positional.CacheWrite(cache, value(DType.F32, 2, 1, 5, 1), START, START, true));
        assertThat(result(
                        v -> new Positional.CacheWrite(v[0], v[1], v[2], v[3], true),
                        ramp(1, 3, 1, 4, 1),
                        f32(dims(3, 1, 2, 1), 10, 11, 20, 21, 30, 31),
                        i64(dims(3), 3, 8, 6),
                        i64(dims(3), 5, 9, 6)))
                .containsExactly(11, 1, 2, 10, 20, 5, 6, 7, 8, 9, 10, 11);
    }

    @Test
    void aCacheTakesTheTokensThatCount() {
        Value cache = value(DType.F32, 2, 1, 4, 1);
        Value rows = value(DType.F32, 2, 1, 2, 1);
        assertBreaks("C1", new Positional.CacheWrite(cache, value(DType.BF16, 2, 1, 2, 1), START, START));
        assertBreaks("C2", new Positional.CacheWrite(cache, value(DType.F32, 2, 2, 2, 1), START, START));
        assertBreaks("C3", new Positional.CacheWrite(cache, rows, value(DType.I64, 1), START));
        assertThat(result(
                        v -> new Positional.CacheWrite(v[0], v[1], v[2], v[3]),
                        ramp(1, 3, 1, 4, 1),
                        f32(dims(3, 1, 2, 1), 10, 11, 20, 21, 30, 31),
                        i64(dims(3), 1, 3, 2),
                        i64(dims(3), 3, 9, 3)))
                .containsExactly(0, 10, 11, 3, 4, 5, 6, 20, 8, 9, 30, 11);
    }

    @Test
    void theLastRowIsTheLastThatCounts() {
        assertBreaks("C1", new Positional.LastRow(value(DType.F32, 2, 0, 3), START, START));
        assertBreaks("C2", new Positional.LastRow(value(DType.F32, 2, 4, 3), START, value(DType.I64, 3)));
        assertThat(result(
                        v -> new Positional.LastRow(v[0], v[1], v[2]),
                        ramp(1, 3, 2, 2),
                        i64(dims(3), 0, 7, 4),
                        i64(dims(3), 1, 9, 4)))
                .containsExactly(0, 1, 6, 7, 8, 9);
    }
}
