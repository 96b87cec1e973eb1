package org.rduzoo.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
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
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/// Operations of [Reduction] and [Normalization].
final class RowsTest {

    private static final Offset<Double> CLOSE = within(1e-12);
    private static final Value X = value(DType.F32, 2, 3);

    @Test
    void reductionsAskForFloatsAndRisingAxes() {
        assertBreaks("C1", new Reduction.Reduce(ReduceFn.SUM, value(DType.I64, 2), List.of(0), false));
        assertBreaks("C2", new Reduction.Reduce(ReduceFn.SUM, X, List.of(1, 0), false));
        assertBreaks("C2", new Reduction.Reduce(ReduceFn.SUM, X, List.of(0, 0), false));
        assertBreaks("C2", new Reduction.Reduce(ReduceFn.SUM, X, List.of(2), false));
        assertBreaks("C2", new Reduction.Reduce(ReduceFn.SUM, X, List.of(-1), false));
        assertThat(new Reduction.Reduce(ReduceFn.SUM, X, List.of(0, 1), true).infer())
                .containsExactly(Type.of(DType.F32, 1, 1));
        assertThat(new Reduction.Reduce(ReduceFn.SUM, X, List.of(0, 1), false).infer())
                .containsExactly(Type.of(DType.F32));
    }

    @Test
    void reductionsJoinAlongTheirAxes() {
        Dense x = ramp(1, 2, 3, 2);
        assertThat(result(v -> new Reduction.Reduce(ReduceFn.SUM, v[0], List.of(1), false), x))
                .containsExactly(6, 9, 24, 27);
        assertThat(result(v -> new Reduction.Reduce(ReduceFn.MEAN, v[0], List.of(0, 2), true), x))
                .containsExactly(3.5, 5.5, 7.5);
        assertThat(result(v -> new Reduction.Reduce(ReduceFn.MAX, v[0], List.of(0, 1, 2), false), x))
                .containsExactly(11);
        assertThat(result(v -> new Reduction.Reduce(ReduceFn.MAX, v[0], List.of(0), false), f32(dims(0, 1))))
                .containsExactly(Double.NEGATIVE_INFINITY);
    }

    @Test
    void softmaxSumsToOneAlongItsAxis() {
        assertBreaks("C1", new Reduction.Softmax(value(DType.I64, 2), 0));
        assertBreaks("C2", new Reduction.Softmax(X, 2));
        assertThat(result(v -> new Reduction.Softmax(v[0], 0), f32(dims(2, 2), 0, 1000, Math.log(3), 1000)))
                .containsExactly(new double[] {0.25, 0.5, 0.75, 0.5}, CLOSE);
    }

    @Test
    void crossEntropyAsksForARowOfLogitsATarget() {
        assertBreaks("C1", new Reduction.CrossEntropy(value(DType.BF16, 2, 3), value(DType.I64, 2), -100, 0));
        assertBreaks("C1", new Reduction.CrossEntropy(X, value(DType.F32, 2), -100, 0));
        assertBreaks("C2", new Reduction.CrossEntropy(X, value(DType.I64, 3), -100, 0));
        assertBreaks("C2", new Reduction.CrossEntropy(value(DType.F32), value(DType.I64), -100, 0));
    }

    @Test
    void crossEntropyIsZeroForRowsThatDoNotCount() {
        Dense logits = f32(dims(3, 2), 0, 0, 0, Math.log(3), 0, 0);
        List<Dense> results =
                evaluate(v -> new Reduction.CrossEntropy(v[0], v[1], -100, 0), logits, i64(dims(3), 1, 1, -100));
        assertThat(results.get(0).data()).containsExactly(new double[] {Math.log(2), Math.log(4.0 / 3), 0}, CLOSE);
        assertThat(results.get(1).data()).containsExactly(new double[] {Math.log(2), Math.log(4), Math.log(2)}, CLOSE);
    }

    @Test
    void labelSmoothingSpreadsOverAllClasses() {
        Dense logits = f32(dims(1, 2), 0, Math.log(3));
        double smooth = 0.9 * Math.log(4.0 / 3) + 0.05 * Math.log(4) + 0.05 * Math.log(4.0 / 3);
        assertThat(evaluate(v -> new Reduction.CrossEntropy(v[0], v[1], -100, 0.1), logits, i64(dims(1), 1))
                        .getFirst()
                        .data())
                .containsExactly(new double[] {smooth}, CLOSE);
    }

    @Test
    void aTargetThatIsNoClassIsNamedWithItsPlace() {
        assertThatThrownBy(() -> evaluate(
                        v -> new Reduction.CrossEntropy(v[0], v[1], -100, 0), ramp(1, 2, 3), i64(dims(2), 0, 3)))
                .hasMessage("target 3 at [1] is none of the classes, 0 to 2");
    }

    @Test
    void normsAskForF32AndWeightsAsLongAsARow() {
        Optional<Value> row = Optional.of(value(DType.F32, 3));
        Optional<Value> column = Optional.of(value(DType.F32, 2));
        Optional<Value> none = Optional.empty();
        assertBreaks("C1", new Normalization.LayerNorm(value(DType.BF16, 2, 3), none, none, 1e-5));
        assertBreaks("C1", new Normalization.LayerNorm(value(DType.F32), none, none, 1e-5));
        assertBreaks("C1", new Normalization.LayerNorm(X, Optional.of(value(DType.BF16, 3)), row, 1e-5));
        assertBreaks("C2", new Normalization.LayerNorm(X, column, row, 1e-5));
        assertBreaks("C2", new Normalization.LayerNorm(X, row, column, 1e-5));
        assertBreaks("C1", new Normalization.RmsNorm(value(DType.BF16, 2, 3), none, 1e-5));
        assertBreaks("C2", new Normalization.RmsNorm(X, column, 1e-5));
    }

    @Test
    void normsScaleRows() {
        Dense x = f32(dims(2, 2), 1, 3, -4, -4);
        Dense weight = f32(dims(2), 10, 100);
        Dense bias = f32(dims(2), 1, 2);
        double scale = 1 / Math.sqrt(1.5);
        assertThat(result(
                        v -> new Normalization.LayerNorm(v[0], Optional.of(v[1]), Optional.of(v[2]), 0.5),
                        x,
                        weight,
                        bias))
                .containsExactly(new double[] {1 - 10 * scale, 2 + 100 * scale, 1, 2}, CLOSE);
        assertThat(result(v -> new Normalization.LayerNorm(v[0], Optional.empty(), Optional.empty(), 0.5), x))
                .containsExactly(new double[] {-scale, scale, 0, 0}, CLOSE);
        double first = 1 / Math.sqrt(6);
        double second = 1 / Math.sqrt(17);
        assertThat(result(v -> new Normalization.RmsNorm(v[0], Optional.of(v[1]), 1), x, weight))
                .containsExactly(new double[] {10 * first, 300 * first, -40 * second, -400 * second}, CLOSE);
    }
}
