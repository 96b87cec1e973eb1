package org.rduzoo.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rduzoo.ir.TestGraphs.assertBreaks;
import static org.rduzoo.ir.TestGraphs.evaluate;
import static org.rduzoo.ir.TestGraphs.f32;
import static org.rduzoo.ir.TestGraphs.value;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Operations of [ImageGradient]. That they are the gradients of what they say is held to finite differences elsewhere.
final class ImageGradientTest {

    private static final List<Integer> ONE = List.of(1);
    private static final List<Integer> TWO = List.of(2);
    private static final List<Integer> NONE = List.of(0);

    @Test
    void weightGradientsKeepTheirConstraints() {
        Value wide = value(DType.F32, 2, 4, 7);
        Value narrow = value(DType.F32, 2, 6, 5);
        assertThat(weight(wide, narrow, 2).infer()).containsExactly(Type.of(DType.F32, 6, 2, 3));
        assertBreaks("C1", weight(wide, value(DType.BF16, 2, 6, 5), 2));
        assertBreaks("C1", weight(value(DType.I64, 2, 4, 7), value(DType.I64, 2, 6, 5), 2));
        assertBreaks("C2", weight(wide, value(DType.F32, 3, 6, 5), 2));
        assertBreaks("C2", weight(value(DType.F32, 2, 4, 7, 7), narrow, 2));
        assertBreaks("C3", weight(wide, narrow, 4));
        assertBreaks("C3", weight(wide, narrow, 0));
        assertBreaks("C4", weight(wide, value(DType.F32, 2, 6, 6), 2));
    }

    @Test
    void gradientsOfPoolsAndResizingKeepTheirConstraints() {
        Value x = value(DType.F32, 1, 2, 4);
        Value gradient = value(DType.F32, 1, 2, 2);
        assertThat(max(x, gradient).infer()).containsExactly(x.type());
        assertBreaks("C1", max(value(DType.BF16, 1, 2, 4), gradient));
        assertBreaks("C2", max(x, value(DType.F32, 1, 2, 3)));
        assertThat(mean(gradient, List.of(4)).infer()).containsExactly(x.type());
        assertBreaks("C1", mean(value(DType.BF16, 1, 2, 2), List.of(4)));
        assertBreaks("C2", mean(gradient, List.of(6)));
        assertBreaks("C2", mean(gradient, List.of(4, 4)));
        assertThat(new ImageGradient.ResizeGradient(gradient, List.of(3), ResizeMode.LINEAR, true).infer())
                .containsExactly(Type.of(DType.F32, 1, 2, 3));
        assertBreaks("C1", new ImageGradient.ResizeGradient(value(DType.BF16, 1, 2, 2), ONE, ResizeMode.LINEAR, true));
        assertBreaks("C2", new ImageGradient.ResizeGradient(gradient, NONE, ResizeMode.LINEAR, true));
    }

    @Test
    void ofEqualElementsTheFirstWasTheGreatest() {
        Dense x = f32(new int[] {1, 1, 4}, 3, 3, 1, 1);
        Dense gradient = f32(new int[] {1, 1, 2}, 5, 7);
        assertThat(evaluate(v -> max(v[0], v[1]), x, gradient).getFirst().data())
                .containsExactly(5, 0, 7, 0);
    }

    private static ImageGradient weight(Value wide, Value narrow, int groups) {
        return new ImageGradient.ConvWeightGradient(wide, narrow, List.of(3), ONE, NONE, ONE, groups);
    }

    private static ImageGradient max(Value x, Value gradient) {
        return new ImageGradient.MaxPoolGradient(x, gradient, TWO, TWO, NONE, false);
    }

    private static ImageGradient mean(Value gradient, List<Integer> places) {
        return new ImageGradient.AvgPoolGradient(gradient, places, TWO, TWO, NONE, false, true);
    }
}
