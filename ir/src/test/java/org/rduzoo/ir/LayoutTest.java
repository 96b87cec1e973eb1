package org.rduzoo.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.rduzoo.ir.TestGraphs.assertBreaks;
import static org.rduzoo.ir.TestGraphs.dims;
import static org.rduzoo.ir.TestGraphs.f32;
import static org.rduzoo.ir.TestGraphs.i64;
import static org.rduzoo.ir.TestGraphs.ramp;
import static org.rduzoo.ir.TestGraphs.result;
import static org.rduzoo.ir.TestGraphs.value;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Operations of [Layout] and [Lookup].
final class LayoutTest {

    private static final Value X = value(DType.F32, 2, 3);

    @Test
    void constantsHaveABound() {
        int[] tooLarge = {Layout.Constant.MAX_ELEMENTS + 1};
        assertBreaks("C1", new Layout.Constant(Dense.zeros(Type.of(DType.F32, tooLarge))));
        assertThat(new Layout.Constant(Dense.scalar(DType.I64, 3)).infer()).containsExactly(Type.of(DType.I64));
    }

    @Test
    void reshapeKeepsTheNumberOfElements() {
        assertBreaks("C1", new Layout.Reshape(X, Shape.of(7)));
        assertThat(result(v -> new Layout.Reshape(v[0], Shape.of(3, 2)), ramp(1, 2, 3)))
                .containsExactly(0, 1, 2, 3, 4, 5);
    }

    @Test
    void transposeMovesDimensions() {
        assertBreaks("C1", new Layout.Transpose(X, List.of(0, 0)));
        assertBreaks("C1", new Layout.Transpose(X, List.of(0)));
        assertThat(result(v -> new Layout.Transpose(v[0], List.of(1, 0)), ramp(1, 2, 3)))
                .containsExactly(0, 3, 1, 4, 2, 5);
        assertThat(result(v -> new Layout.Transpose(v[0], List.of(2, 0, 1)), ramp(1, 2, 2, 2)))
                .containsExactly(0, 2, 4, 6, 1, 3, 5, 7);
    }

    @Test
    void broadcastRepeats() {
        assertBreaks("C1", new Layout.Broadcast(X, Shape.of(2, 4)));
        assertBreaks("C1", new Layout.Broadcast(X, Shape.of(3)));
        assertThat(result(v -> new Layout.Broadcast(v[0], Shape.of(2, 2, 2)), ramp(1, 2, 1)))
                .containsExactly(0, 0, 1, 1, 0, 0, 1, 1);
    }

    @Test
    void sliceTakesPlacesAlongAnAxis() {
        assertBreaks("C1", new Layout.Slice(X, 2, 0, 1));
        assertBreaks("C1", new Layout.Slice(X, -1, 0, 1));
        assertBreaks("C2", new Layout.Slice(X, 1, 2, 2));
        assertBreaks("C2", new Layout.Slice(X, 1, Integer.MAX_VALUE, Integer.MAX_VALUE));
        assertThat(result(v -> new Layout.Slice(v[0], 1, 1, 2), ramp(1, 2, 3))).containsExactly(1, 2, 4, 5);
        assertThat(result(v -> new Layout.Slice(v[0], 0, 2, 0), ramp(1, 2, 3))).isEmpty();
    }

    @Test
    void concatJoinsAlongAnAxis() {
        assertBreaks("C1", new Layout.Concat(List.of(), 0));
        assertBreaks("C1", new Layout.Concat(List.of(X), 2));
        assertBreaks("C2", new Layout.Concat(List.of(X, value(DType.F32, 3, 3)), 1));
        assertBreaks("C2", new Layout.Concat(List.of(X, value(DType.BF16, 2, 3)), 1));
        assertBreaks("C2", new Layout.Concat(List.of(X, value(DType.F32, 2)), 0));
        Value long0 = value(DType.F32, Integer.MAX_VALUE);
        assertBreaks("C3", new Layout.Concat(List.of(long0, long0), 0));
        assertThat(result(
                        v -> new Layout.Concat(List.of(v[0], v[1], v[0]), 1),
                        f32(dims(2, 1), 1, 2),
                        f32(dims(2, 2), 3, 4, 5, 6)))
                .containsExactly(1, 3, 4, 1, 2, 5, 6, 2);
        assertThat(result(v -> new Layout.Concat(List.of(v[0], v[0]), 1), f32(dims(0, 3))))
                .isEmpty();
    }

    @Test
    void embeddingTakesRows() {
        assertBreaks("C1", new Lookup.Embedding(value(DType.F32, 2), value(DType.I64, 2)));
        assertBreaks("C1", new Lookup.Embedding(X, value(DType.F32, 2)));
        assertThat(result(v -> new Lookup.Embedding(v[0], v[1]), ramp(1, 3, 2), i64(dims(1, 2), 2, 0)))
                .containsExactly(4, 5, 0, 1);
    }

    @Test
    void anIdOutsideTheTableIsNamedWithItsPlace() {
        assertThatThrownBy(
                        () -> result(v -> new Lookup.Embedding(v[0], v[1]), ramp(1, 3, 2), i64(dims(2, 2), 0, 1, 2, 3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("id 3 at [1, 1] is none of the table's rows, 0 to 2");
        assertThatThrownBy(() -> result(v -> new Lookup.Embedding(v[0], v[1]), ramp(1, 3, 2), i64(dims(), -1)))
                .hasMessage("id -1 at [] is none of the table's rows, 0 to 2");
    }
}
