package org.rduzoo.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rduzoo.ir.TestGraphs.assertBreaks;
import static org.rduzoo.ir.TestGraphs.dims;
import static org.rduzoo.ir.TestGraphs.f32;
import static org.rduzoo.ir.TestGraphs.ramp;
import static org.rduzoo.ir.TestGraphs.result;
import static org.rduzoo.ir.TestGraphs.value;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.rduzoo.ir.Convolution.Conv;
import org.rduzoo.ir.Convolution.ConvTranspose;

final class ConvolutionTest {

    private static final Optional<Value> NONE = Optional.empty();
    private static final List<Integer> ONES = List.of(1, 1);
    private static final List<Integer> ZEROS = List.of(0, 0);
    private static final Value X = value(DType.F32, 2, 4, 5, 6);
    private static final Value W = value(DType.F32, 3, 4, 3, 2);

    private static Conv conv(Value x, Value w, List<Integer> stride, List<Integer> padding, int groups) {
        return new Conv(x, w, NONE, NONE, Optional.empty(), stride, padding, List.of(1, 1), groups);
    }

    private static Conv line(Value x, Value w, int stride, int padding, int dilation, int groups) {
        return new Conv(
                x, w, NONE, NONE, Optional.empty(), List.of(stride), List.of(padding), List.of(dilation), groups);
    }

    private static ConvTranspose transposed(Value x, Value w, int stride, int padding, int more, int groups) {
        return new ConvTranspose(x, w, NONE, List.of(stride), List.of(padding), List.of(more), List.of(1), groups);
    }

    @Test
    void convolutionsAskForMatchingFactorsWindowsAndGroups() {
        assertThat(conv(X, W, ONES, ZEROS, 1).infer()).containsExactly(Type.of(DType.F32, 2, 3, 3, 5));
        assertThat(conv(X, W, List.of(2, 3), ONES, 1).infer()).containsExactly(Type.of(DType.F32, 2, 3, 3, 3));
        assertBreaks("C1", conv(value(DType.BF16, 2, 4, 5, 6), W, ONES, ZEROS, 1));
        assertBreaks("C2", conv(value(DType.F32, 2, 4, 5), W, ONES, ZEROS, 1));
        assertBreaks("C2", conv(X, W, List.of(0, 1), ZEROS, 1));
        assertBreaks("C2", conv(X, W, ONES, List.of(0, -1), 1));
        assertBreaks("C2", conv(X, W, List.of(1), ZEROS, 1));
        assertBreaks("C3", conv(X, W, ONES, ZEROS, 2));
        assertBreaks("C3", conv(X, W, ONES, ZEROS, 0));
        assertBreaks("C3", conv(X, value(DType.F32, 3, 2, 3, 2), ONES, ZEROS, 2));
        Optional<Value> tooShort = Optional.of(value(DType.F32, 2));
        Optional<UnaryFn> none = Optional.empty();
        assertBreaks("C4", new Conv(X, W, tooShort, NONE, none, ONES, ZEROS, ONES, 1));
        assertBreaks("C4", new Conv(X, W, NONE, tooShort, none, ONES, ZEROS, ONES, 1));
        assertBreaks("C5", conv(X, value(DType.F32, 3, 4, 6, 1), ONES, ZEROS, 1));
    }

    @Test
    void aConvolutionIsAWeightedSumUnderAWindow() {
        Dense x = f32(dims(1, 1, 4), 1, 2, 3, 4);
        assertThat(result(v -> line(v[0], v[1], 1, 0, 1, 1), x, f32(dims(1, 1, 2), 10, 1)))
                .containsExactly(12, 23, 34);
        assertThat(result(v -> line(v[0], v[1], 2, 1, 1, 1), x, f32(dims(1, 1, 2), 10, 1)))
                .containsExactly(1, 23, 40);
        assertThat(result(v -> line(v[0], v[1], 1, 0, 2, 1), x, f32(dims(1, 1, 2), 10, 1)))
                .containsExactly(13, 24);
    }

    @Test
    void groupsSeeTheirOwnChannels() {
        assertThat(result(
                        v -> line(v[0], v[1], 1, 0, 1, 2),
                        f32(dims(1, 4, 1), 1, 2, 3, 4),
                        f32(dims(2, 2, 1), 1, 10, 100, 1000)))
                .containsExactly(21, 4300);
    }

    @Test
    void theSumIsScaledThenShiftedThenActivated() {
        assertThat(result(
                        v -> new Conv(
                                v[0],
                                v[1],
                                Optional.of(v[2]),
                                Optional.of(v[3]),
                                Optional.of(UnaryFn.RELU),
                                ONES,
                                ZEROS,
                                ONES,
                                1),
                        f32(dims(1, 1, 1, 1), 3),
                        f32(dims(2, 1, 1, 1), 2, 2),
                        f32(dims(2), 5, 5),
                        f32(dims(2), 1, -31)))
                .containsExactly(31, 0);
    }

    @Test
    void transposedConvolutionsAskForMatchingFactorsAndSizes() {
        Value x = value(DType.F32, 2, 4, 5);
        assertThat(transposed(x, value(DType.F32, 4, 3, 2), 2, 0, 0, 1).infer())
                .containsExactly(Type.of(DType.F32, 2, 3, 10));
        assertThat(transposed(x, value(DType.F32, 4, 3, 3), 2, 1, 1, 2).infer())
                .containsExactly(Type.of(DType.F32, 2, 6, 10));
        assertBreaks("C1", transposed(x, value(DType.BF16, 4, 3, 2), 2, 0, 0, 1));
        assertBreaks("C2", transposed(x, value(DType.F32, 4, 3, 2), 0, 0, 0, 1));
        assertBreaks("C3", transposed(x, value(DType.F32, 3, 3, 2), 2, 0, 0, 1));
        assertBreaks("C3", transposed(x, value(DType.F32, 4, 3, 2), 2, 0, 0, 3));
        assertBreaks(
                "C4",
                new ConvTranspose(
                        x,
                        value(DType.F32, 4, 3, 2),
                        Optional.of(value(DType.F32, 4)),
                        List.of(2),
                        List.of(0),
                        List.of(0),
                        List.of(1),
                        1));
        assertBreaks("C5", transposed(x, value(DType.F32, 4, 3, 2), 2, 0, 2, 1));
        assertBreaks("C6", transposed(value(DType.F32, 1, 1, 1), value(DType.F32, 1, 1, 1), 2, 1, 0, 1));
    }

    @Test
    void aTransposedConvolutionSpreadsEachElementOverItsWindow() {
        assertThat(result(
                        v -> transposed(v[0], v[1], 2, 0, 1, 1),
                        f32(dims(1, 1, 2), 1, 2),
                        f32(dims(1, 1, 3), 1, 10, 100)))
                .containsExactly(1, 10, 102, 20, 200, 0);
    }

    @Test
    void aTransposedConvolutionIsTheGradientOfItsConvolution() {
        Dense x = ramp(0.5, 1, 2, 7);
        Dense w = ramp(0.25, 3, 2, 3);
        Dense y = ramp(0.125, 1, 3, 4);
        double[] forward = result(v -> line(v[0], v[1], 2, 1, 1, 1), x, w);
        double[] back = result(v -> transposed(v[0], v[1], 2, 1, 0, 1), y, w);
        assertThat(dot(forward, y.data())).isEqualTo(dot(x.data(), back));
    }

    private static double dot(double[] a, double[] b) {
        assertThat(a).hasSameSizeAs(b);
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
