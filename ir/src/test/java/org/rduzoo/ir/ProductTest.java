package org.rduzoo.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rduzoo.ir.TestGraphs.assertBreaks;
import static org.rduzoo.ir.TestGraphs.dims;
import static org.rduzoo.ir.TestGraphs.f32;
import static org.rduzoo.ir.TestGraphs.ramp;
import static org.rduzoo.ir.TestGraphs.result;
import static org.rduzoo.ir.TestGraphs.value;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/// [Product.MatMul] and [Product.Linear]; [AttentionTest] has the third.
final class ProductTest {

    @Test
    void factorsHaveOneTypeThatProductsKnow() {
        assertBreaks("C1", new Product.MatMul(value(DType.F32, 2, 3), value(DType.BF16, 3, 2)));
        assertBreaks("C1", new Product.MatMul(value(DType.F16, 2, 3), value(DType.F16, 3, 2)));
        assertThat(new Product.MatMul(value(DType.BF16, 2, 3), value(DType.BF16, 3, 4)).infer())
                .containsExactly(Type.of(DType.F32, 2, 4));
    }

    @Test
    void matricesMeetInOneDimensionAndStretchInFront() {
        assertBreaks("C2", new Product.MatMul(value(DType.F32, 2, 3), value(DType.F32, 2, 3)));
        assertBreaks("C2", new Product.MatMul(value(DType.F32, 3), value(DType.F32, 3, 2)));
        assertBreaks("C3", new Product.MatMul(value(DType.F32, 2, 2, 3), value(DType.F32, 3, 3, 2)));
        assertThat(new Product.MatMul(value(DType.F32, 4, 1, 2, 3), value(DType.F32, 5, 3, 7)).infer())
                .containsExactly(Type.of(DType.F32, 4, 5, 2, 7));
    }

    @Test
    void matricesMultiply() {
        assertThat(result(v -> new Product.MatMul(v[0], v[1]), ramp(1, 2, 3), ramp(1, 3, 2)))
                .containsExactly(10, 13, 28, 40);
        assertThat(result(v -> new Product.MatMul(v[0], v[1]), f32(dims(2, 1, 1), 2, 3), f32(dims(1, 2), 5, 7)))
                .containsExactly(10, 14, 15, 21);
        assertThat(result(v -> new Product.MatMul(v[0], v[1]), f32(dims(1, 0)), f32(dims(0, 2))))
                .containsExactly(0, 0);
    }

    @Test
    void linearAsksForAWeightRowAnOutput() {
        Optional<Value> none = Optional.empty();
        Value x = value(DType.F32, 2, 3);
        assertBreaks("C1", new Product.Linear(x, value(DType.BF16, 4, 3), none, Optional.empty()));
        assertBreaks(
                "C1",
                new Product.Linear(x, value(DType.F32, 4, 3), Optional.of(value(DType.BF16, 4)), Optional.empty()));
        assertBreaks("C2", new Product.Linear(x, value(DType.F32, 3, 4), none, Optional.empty()));
        assertBreaks("C2", new Product.Linear(value(DType.F32), value(DType.F32, 3, 4), none, Optional.empty()));
        assertBreaks(
                "C3",
                new Product.Linear(x, value(DType.F32, 4, 3), Optional.of(value(DType.F32, 3)), Optional.empty()));
    }

    @Test
    void linearAddsItsBiasAndThenActivates() {
        Dense x = f32(dims(2, 2), 1, 2, 3, 4);
        Dense weight = f32(dims(3, 2), 1, 0, 0, 1, -1, -1);
        assertThat(result(v -> new Product.Linear(v[0], v[1], Optional.empty(), Optional.empty()), x, weight))
                .containsExactly(1, 2, -3, 3, 4, -7);
        assertThat(result(
                        v -> new Product.Linear(v[0], v[1], Optional.of(v[2]), Optional.of(UnaryFn.RELU)),
                        x,
                        weight,
                        f32(dims(3), 10, -3, 4)))
                .containsExactly(11, 0, 1, 13, 1, 0);
    }
}
