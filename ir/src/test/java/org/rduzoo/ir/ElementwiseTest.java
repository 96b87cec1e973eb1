package org.rduzoo.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rduzoo.ir.TestGraphs.assertBreaks;
import static org.rduzoo.ir.TestGraphs.dense;
import static org.rduzoo.ir.TestGraphs.dims;
import static org.rduzoo.ir.TestGraphs.f32;
import static org.rduzoo.ir.TestGraphs.i64;
import static org.rduzoo.ir.TestGraphs.result;
import static org.rduzoo.ir.TestGraphs.value;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ElementwiseTest {

    @Test
    void functionsOfOneNumberAskForFloats() {
        assertBreaks("C1", new Elementwise.Unary(UnaryFn.EXP, value(DType.I64, 2)));
        assertThat(new Elementwise.Unary(UnaryFn.EXP, value(DType.BF16, 2, 3)).infer())
                .containsExactly(Type.of(DType.BF16, 2, 3));
    }

    @Test
    void functionsOfTwoNumbersAskForOneTypeAndShapesThatBroadcast() {
        assertBreaks("C1", new Elementwise.Binary(BinaryFn.ADD, value(DType.F32, 2), value(DType.BF16, 2)));
        assertBreaks("C1", new Elementwise.Binary(BinaryFn.ADD, value(DType.BOOL, 2), value(DType.BOOL, 2)));
        assertBreaks("C2", new Elementwise.Binary(BinaryFn.ADD, value(DType.F32, 2), value(DType.F32, 3)));
        assertBreaks(
                "C2",
                new Elementwise.Binary(
                        BinaryFn.ADD, value(DType.F32, 1 << 30, 1, 1), value(DType.F32, 1 << 29, 1 << 29)));
        assertThat(new Elementwise.Binary(BinaryFn.ADD, value(DType.F32, 2, 1), value(DType.F32, 4, 1, 3)).infer())
                .containsExactly(Type.of(DType.F32, 4, 2, 3));
    }

    @Test
    void comparisonsAskForOneTypeAndYieldBool() {
        assertBreaks("C1", new Elementwise.Compare(CompareFn.LT, value(DType.F32), value(DType.I64)));
        assertBreaks("C2", new Elementwise.Compare(CompareFn.LT, value(DType.F32, 2), value(DType.F32, 3)));
        assertThat(new Elementwise.Compare(CompareFn.LT, value(DType.I64, 2), value(DType.I64)).infer())
                .containsExactly(Type.of(DType.BOOL, 2));
    }

    @Test
    void selectAsksForABoolAndOneType() {
        assertBreaks("C1", new Elementwise.Select(value(DType.F32), value(DType.F32), value(DType.F32)));
        assertBreaks("C1", new Elementwise.Select(value(DType.BOOL), value(DType.F32), value(DType.BF16)));
        assertBreaks("C2", new Elementwise.Select(value(DType.BOOL, 2), value(DType.F32, 3), value(DType.F32)));
    }

    @Test
    void shapesStretchFromTheEnd() {
        assertThat(result(
                        v -> new Elementwise.Binary(BinaryFn.SUB, v[0], v[1]),
                        f32(dims(2, 1), 10, 20),
                        f32(dims(3), 1, 2, 3)))
                .containsExactly(9, 8, 7, 19, 18, 17);
        assertThat(result(
                        v -> new Elementwise.Select(v[0], v[1], v[2]),
                        dense(DType.BOOL, dims(2, 1), 1, 0),
                        f32(dims(), 5),
                        f32(dims(2), 1, 2)))
                .containsExactly(5, 5, 1, 2);
    }

    @Test
    void integersAreCutOffTowardsZero() {
        assertThat(result(v -> new Elementwise.Binary(BinaryFn.DIV, v[0], v[1]), i64(dims(2), 7, -7), i64(dims(), 2)))
                .containsExactly(3, -3);
        assertThat(result(v -> new Elementwise.Cast(v[0], DType.I64), f32(dims(3), 2.9, -2.9, Double.NaN)))
                .containsExactly(2, -2, 0);
        assertThat(result(v -> new Elementwise.Cast(v[0], DType.U8), f32(dims(3), 300, -1, 7)))
                .containsExactly(255, 0, 7);
    }

    @Test
    void comparisonsCompare() {
        Dense a = f32(dims(4), 1, 2, 3, Double.NaN);
        Dense b = f32(dims(), 2);
        assertThat(result(v -> new Elementwise.Compare(CompareFn.EQ, v[0], v[1]), a, b))
                .containsExactly(0, 1, 0, 0);
        assertThat(result(v -> new Elementwise.Compare(CompareFn.NE, v[0], v[1]), a, b))
                .containsExactly(1, 0, 1, 1);
        assertThat(result(v -> new Elementwise.Compare(CompareFn.LT, v[0], v[1]), a, b))
                .containsExactly(1, 0, 0, 0);
        assertThat(result(v -> new Elementwise.Compare(CompareFn.LE, v[0], v[1]), a, b))
                .containsExactly(1, 1, 0, 0);
    }

    @Test
    void castsRoundToTheNearestBf16TiesToEven() {
        assertThat(result(
                        v -> new Elementwise.Cast(v[0], DType.BF16),
                        f32(dims(5), 1 + 0x1p-8, 1 + 3 * 0x1p-8, 1 + 0x1.1p-8, 3.4e38, Double.NaN)))
                .containsExactly(1, 1 + 0x1p-6, 1 + 0x1p-7, Double.POSITIVE_INFINITY, Double.NaN);
    }

    @Test
    void valuesOfF32KeepTheirPrecision() {
        assertThat(result(v -> new Elementwise.Unary(UnaryFn.RECIPROCAL, v[0]), f32(dims(), 3)))
                .containsExactly(1.0 / 3);
    }

    @ParameterizedTest
    @EnumSource
    void functionsOfOneNumberPassOnNan(UnaryFn fn) {
        assertThat(fn.apply(Double.NaN)).isNaN();
    }

    @ParameterizedTest
    @EnumSource(names = {"TANH", "ERF", "SIGMOID", "RELU", "GELU", "GELU_TANH", "SILU", "SOFTPLUS"})
    void activationsAreFiniteFarFromZero(UnaryFn fn) {
        for (double x : new double[] {-1e300, -1e30, -800, -40, 40, 800, 1e30, 1e300}) {
            assertThat(fn.apply(x)).as("%s(%s)", fn, x).isFinite();
        }
        double right = fn.apply(1e30);
        assertThat(right).isIn(1.0, 1e30);
        assertThat(fn.apply(-1e30)).isIn(-1.0, 0.0, -0.0);
    }

    @Test
    void functionsMeetTheirSpecialValues() {
        double inf = Double.POSITIVE_INFINITY;
        assertThat(UnaryFn.RECIPROCAL.apply(0)).isEqualTo(inf);
        assertThat(UnaryFn.RSQRT.apply(0)).isEqualTo(inf);
        assertThat(UnaryFn.LOG.apply(0)).isEqualTo(-inf);
        assertThat(UnaryFn.LOG.apply(-1)).isNaN();
        assertThat(UnaryFn.SQRT.apply(-1)).isNaN();
        assertThat(UnaryFn.EXP.apply(-inf)).isZero();
        assertThat(UnaryFn.EXP.apply(1000)).isEqualTo(inf);
        assertThat(UnaryFn.ERF.apply(-inf)).isEqualTo(-1);
        assertThat(UnaryFn.SIGMOID.apply(inf)).isEqualTo(1);
        assertThat(UnaryFn.SIGMOID.apply(-inf)).isZero();
        assertThat(UnaryFn.SOFTPLUS.apply(inf)).isEqualTo(inf);
        assertThat(UnaryFn.SOFTPLUS.apply(-inf)).isZero();
        assertThat(UnaryFn.RELU.apply(-inf)).isZero();
        assertThat(BinaryFn.MAX.apply(Double.NaN, 1)).isNaN();
        assertThat(BinaryFn.POW.apply(0, 0)).isEqualTo(1);
    }
}
