package org.rduzoo.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rduzoo.ir.TestGraphs.assertBreaks;
import static org.rduzoo.ir.TestGraphs.dims;
import static org.rduzoo.ir.TestGraphs.f32;
import static org.rduzoo.ir.TestGraphs.result;
import static org.rduzoo.ir.TestGraphs.value;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.rduzoo.ir.Sampling.AvgPool;
import org.rduzoo.ir.Sampling.MaxPool;
import org.rduzoo.ir.Sampling.Resize;

final class SamplingTest {

    private static final Value X = value(DType.F32, 2, 3, 7);

    private static MaxPool max(Value x, int kernel, int stride, int padding, boolean ceil) {
        return new MaxPool(x, List.of(kernel), List.of(stride), List.of(padding), ceil);
    }

    @Test
    void poolsAskForAWindowThatFits() {
        assertThat(max(X, 2, 2, 0, false).infer()).containsExactly(Type.of(DType.F32, 2, 3, 3));
        assertThat(max(X, 2, 2, 0, true).infer()).containsExactly(Type.of(DType.F32, 2, 3, 4));
        assertThat(max(value(DType.BF16, 1, 1, 4), 3, 3, 1, true).infer())
                .containsExactly(Type.of(DType.BF16, 1, 1, 2));
        assertBreaks("C1", max(value(DType.I64, 2, 3, 7), 2, 2, 0, false));
        assertBreaks("C2", max(X, 2, 2, 2, false));
        assertBreaks("C2", max(X, 0, 2, 0, false));
        assertBreaks("C2", new MaxPool(X, List.of(2), List.of(2, 2), List.of(0), false));
        assertBreaks("C2", new AvgPool(X, List.of(2, 2), List.of(2, 2), List.of(0, 0), false, true));
        assertBreaks("C3", max(X, 8, 1, 0, false));
    }

    @Test
    void aPositionThatWouldBeginInTheEndPaddingDoesNotCount() {
        assertThat(max(value(DType.F32, 1, 1, 5), 2, 3, 1, true).infer()).containsExactly(Type.of(DType.F32, 1, 1, 2));
    }

    @Test
    void poolsJoinWhatIsUnderTheWindow() {
        Dense x = f32(dims(1, 1, 5), -5, 1, 2, 4, -3);
        assertThat(result(v -> max(v[0], 3, 2, 1, false), x)).containsExactly(1, 4, 4);
        assertThat(result(v -> max(v[0], 2, 2, 0, true), x)).containsExactly(1, 4, -3);
        assertThat(result(v -> new AvgPool(v[0], List.of(3), List.of(2), List.of(1), false, true), x))
                .containsExactly(-4 / 3.0, 7 / 3.0, 1 / 3.0);
        assertThat(result(v -> new AvgPool(v[0], List.of(3), List.of(2), List.of(1), false, false), x))
                .containsExactly(-2, 7 / 3.0, 0.5);
        assertThat(result(v -> new AvgPool(v[0], List.of(2), List.of(2), List.of(0), true, true), x))
                .containsExactly(-2, 3, -3);
    }

    @Test
    void resizesAskForASizeForEachPlace() {
        assertThat(new Resize(X, List.of(9), ResizeMode.LINEAR, true).infer())
                .containsExactly(Type.of(DType.F32, 2, 3, 9));
        assertBreaks("C1", new Resize(value(DType.I64, 1, 1, 2), List.of(4), ResizeMode.NEAREST, false));
        assertBreaks("C2", new Resize(X, List.of(9, 9), ResizeMode.LINEAR, false));
        assertBreaks("C2", new Resize(X, List.of(0), ResizeMode.LINEAR, false));
        assertBreaks("C2", new Resize(value(DType.F32, 1, 1, 0), List.of(2), ResizeMode.LINEAR, false));
        assertBreaks("C3", new Resize(X, List.of(9), ResizeMode.NEAREST, true));
    }

    @Test
    void resizesTakeTheirNeighbours() {
        Dense x = f32(dims(1, 1, 3), 0, 10, 40);
        assertThat(result(v -> new Resize(v[0], List.of(5), ResizeMode.NEAREST, false), x))
                .containsExactly(0, 0, 10, 10, 40);
        assertThat(result(v -> new Resize(v[0], List.of(5), ResizeMode.LINEAR, true), x))
                .containsExactly(0, 5, 10, 25, 40);
        assertThat(result(v -> new Resize(v[0], List.of(6), ResizeMode.LINEAR, false), x))
                .containsExactly(0, 2.5, 7.5, 17.5, 32.5, 40);
        assertThat(result(v -> new Resize(v[0], List.of(1), ResizeMode.LINEAR, true), x))
                .containsExactly(0);
    }
}
