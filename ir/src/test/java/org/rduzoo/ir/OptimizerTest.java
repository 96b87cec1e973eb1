package org.rduzoo.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.rduzoo.ir.TestGraphs.assertBreaks;
import static org.rduzoo.ir.TestGraphs.dims;
import static org.rduzoo.ir.TestGraphs.evaluate;
import static org.rduzoo.ir.TestGraphs.f32;
import static org.rduzoo.ir.TestGraphs.result;
import static org.rduzoo.ir.TestGraphs.value;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Operations of [Optimizer].
final class OptimizerTest {

    private static final Value X = value(DType.F32, 2);
    private static final Value N = value(DType.F32);
    private static final Value STEP = value(DType.I64);
    private static final Value NARROW = value(DType.BF16, 2);
    private static final Optional<Value> NONE = Optional.empty();

    @Test
    void theNormIsThatOfAllGradientsTogether() {
        assertBreaks("C1", new Optimizer.GlobalNorm(List.of()));
        assertBreaks("C1", new Optimizer.GlobalNorm(List.of(X, value(DType.BF16, 2))));
        assertThat(result(v -> new Optimizer.GlobalNorm(List.of(v[0], v[1])), f32(dims(2), 1, 2), scalar(2)))
                .containsExactly(3);
    }

    @Test
    void adamWKeepsItsConstraints() {
        assertThat(new Optimizer.AdamW(X, X, X, X, N, N, N, N, N, N, STEP, NONE, 0).infer())
                .containsExactly(X.type(), X.type(), X.type());
        assertBreaks("C1", new Optimizer.AdamW(X, X, N, X, N, N, N, N, N, N, STEP, NONE, 0));
        assertBreaks("C2", new Optimizer.AdamW(X, X, X, X, N, X, N, N, N, N, STEP, NONE, 0));
        assertBreaks("C2", new Optimizer.AdamW(X, X, X, X, N, N, N, N, N, N, N, NONE, 0));
        assertBreaks("C1", new Optimizer.AdamW(NARROW, X, X, X, N, N, N, N, N, N, STEP, NONE, 0));
        assertBreaks("C2", new Optimizer.AdamW(NARROW, X, X, X, N, N, N, N, N, N, STEP, Optional.of(N), 0));
        assertThat(new Optimizer.AdamW(NARROW, X, X, X, N, N, N, N, N, N, STEP, Optional.of(STEP), 0).infer())
                .containsExactly(NARROW.type(), X.type(), X.type());
    }

    /// Three steps by hand: each moment is a weighted mean, and the correction makes the weights add up to 1.
    @Test
    void adamWFollowsTheMeanGradientByItsRootMeanSquare() {
        double[] gradients = {1, -3, 0.5};
        double parameter = 2;
        double first = 0;
        double second = 0;
        for (int step = 1; step <= 3; step++) {
            double g = gradients[step - 1];
            List<Dense> results = evaluate(
                    v -> new Optimizer.AdamW(
                            v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], NONE, 0),
                    scalar(parameter),
                    scalar(2 * g),
                    scalar(first),
                    scalar(second),
                    scalar(0.5),
                    scalar(0.1),
                    scalar(0.9),
                    scalar(0.99),
                    scalar(1e-8),
                    scalar(0.2),
                    Dense.scalar(DType.I64, step));
            double mean = 0;
            double square = 0;
            for (int i = 0; i < step; i++) {
                mean += 0.1 * Math.pow(0.9, step - 1 - i) * gradients[i];
                square += 0.01 * Math.pow(0.99, step - 1 - i) * gradients[i] * gradients[i];
            }
            double wanted = parameter * (1 - 0.1 * 0.2)
                    - 0.1 * mean / (1 - Math.pow(0.9, step)) / (Math.sqrt(square / (1 - Math.pow(0.99, step))) + 1e-8);
            parameter = results.get(0).data()[0];
            first = results.get(1).data()[0];
            second = results.get(2).data()[0];
            assertThat(parameter).isCloseTo(wanted, within(1e-12));
            assertThat(first).isCloseTo(mean, within(1e-12));
            assertThat(second).isCloseTo(square, within(1e-12));
        }
    }

    @Test
    void gradientDescentWithAndWithoutVelocity() {
        assertBreaks("C1", new Optimizer.Sgd(X, N, Optional.empty(), N, N, N, N, false, NONE, 0));
        assertBreaks("C1", new Optimizer.Sgd(X, X, Optional.of(N), N, N, N, N, false, NONE, 0));
        assertBreaks("C2", new Optimizer.Sgd(X, X, Optional.of(X), N, N, N, X, false, NONE, 0));
        assertThat(sgd(false, false)).containsExactly(2 - 0.1 * (4 + 0.5 * 2));
        assertThat(sgd(true, false)).containsExactly(2 - 0.1 * (0.5 * 3 + 5), 0.5 * 3 + 5);
        assertThat(sgd(true, true)).containsExactly(2 - 0.1 * (5 + 0.5 * 6.5), 6.5);
        assertThat(sgd(false, true)).isEqualTo(sgd(false, false));
    }

    /// One step from 2 with the gradient 4, velocity 3, rate 0.1, momentum 0.5 and decay 0.5.
    private static List<Double> sgd(boolean velocity, boolean nesterov) {
        return evaluate(
                        v -> new Optimizer.Sgd(
                                v[0],
                                v[1],
                                Optional.of(v[2]).filter(_ -> velocity),
                                v[3],
                                v[4],
                                v[5],
                                v[6],
                                nesterov,
                                NONE,
                                0),
                        scalar(2),
                        scalar(4),
                        scalar(3),
                        scalar(1),
                        scalar(0.1),
                        scalar(0.5),
                        scalar(0.5))
                .stream()
                .map(d -> d.data()[0])
                .toList();
    }

    /// A thousand parameters of 1, whose neighbours in bf16 are 1 and 1 + 2^-7, are moved up by 2^-10: an eighth of the
    /// way, which rounding to the nearest would undo.
    @Test
    void roundingAtRandomKeepsTheMeanOfStepsThatTheNearestWouldLose() {
        int count = 1000;
        double[] ones = new double[count];
        java.util.Arrays.fill(ones, 1);
        double[] up = new double[count];
        java.util.Arrays.fill(up, -0x1p-10);
        double mean = 0;
        for (int seed = 0; seed < 20; seed++) {
            int of = seed;
            double[] moved = evaluate(
                            v -> new Optimizer.Sgd(
                                    v[0], v[1], NONE, v[2], v[2], v[2], v[3], false, Optional.of(v[4]), 7),
                            new Dense(Type.of(DType.BF16, count), ones),
                            new Dense(Type.of(DType.F32, count), up),
                            scalar(1),
                            scalar(0),
                            Dense.scalar(DType.I64, of))
                    .getFirst()
                    .data();
            for (double x : moved) {
                assertThat(x).isIn(1.0, 1 + 0x1p-7);
                mean += x / (20 * count);
            }
        }
        // Of 20 000 draws with likelihood 1/8, the mean strays by 2^-7 · √(7/64 / 20 000) = 1.8e-5.
        assertThat(mean).isCloseTo(1 + 0x1p-10, within(7e-5));
    }

    private static Dense scalar(double x) {
        return Dense.scalar(DType.F32, x);
    }
}
