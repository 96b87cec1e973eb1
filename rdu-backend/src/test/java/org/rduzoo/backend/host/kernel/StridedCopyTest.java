package org.rduzoo.backend.host.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rduzoo.backend.host.kernel.Numbers.at;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Shape;

class StridedCopyTest {

    private final Numbers numbers = new Numbers(3);

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F32", "BF16", "I64", "BOOL"})
    void elementsOfAnyTypeAreTransposedSlicedRepeatedAndPlaced(DType dtype) {
        Place x = numbers.filled(dtype, 3 * 5 * 7, i -> dtype == DType.BOOL ? i % 2 : i);
        Place y = numbers.empty(dtype, 150);
        // [3, 5, 7] to [5, 3, 7], the last dimension from 2 on, written twice.
        StridedCopy copy = new StridedCopy(
                Shape.of(2, 5, 3, 5),
                new Place(x.segment(), 2L * dtype.bytes(), dtype),
                new long[] {0, 7, 35, 1},
                y,
                new long[] {75, 15, 5, 1});
        StridedCopy columns = new StridedCopy(Shape.of(3, 7), x, new long[] {35, 1}, y, new long[] {1, 3});
        for (int part = 2; part >= 0; part--) {
            copy.run(part, 3);
        }
        for (int i = 0; i < 150; i++) {
            int from = i / 15 % 5 * 7 + i / 5 % 3 * 35 + i % 5 + 2;
            assertThat(at(y, i)).isEqualTo(at(x, from));
        }
        columns.run(0, 1);
        for (int i = 0; i < 21; i++) {
            assertThat(at(y, i % 7 * 3 + i / 7)).isEqualTo(at(x, i / 7 * 35 + i % 7));
        }
        Numbers.assertUntouchedBehind(y, 150);
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F32", "I64"})
    void aScalarIsCopied(DType dtype) {
        Place x = numbers.filled(dtype, 1, _ -> 42);
        Place y = numbers.empty(dtype, 1);
        new StridedCopy(Shape.SCALAR, x, new long[0], y, new long[0]).run(0, 1);
        assertThat(at(y, 0)).isEqualTo(42);
        Numbers.assertUntouchedBehind(y, 1);
    }
}
