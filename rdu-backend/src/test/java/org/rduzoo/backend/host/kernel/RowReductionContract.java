package org.rduzoo.backend.host.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.rduzoo.backend.host.kernel.Numbers.at;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.backend.host.machine.Kernel;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.UserError;

/// What every implementation of losses and of the largest of a row does.
public abstract class RowReductionContract {

    private final Numbers numbers = new Numbers(5);

    protected abstract Kernels kernels();

    private static void run(Kernel kernel) {
        kernel.run(1, 2);
        kernel.run(0, 2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 16, 33, 1000, 30_522})
    void crossEntropyAgreesWithFloat64(int classes) {
        int rows = 5;
        Place logits = numbers.filled(DType.F32, (long) rows * classes, i -> 10 * Math.sin(i * 0.7));
        Place targets = numbers.i64(0, classes - 1, -100, classes / 2, 0);
        for (double smoothing : new double[] {0, 0.1}) {
            Place loss = numbers.empty(DType.F32, rows);
            Place lse = numbers.empty(DType.F32, rows);
            run(kernels()
                    .crossEntropy(new CrossEntropySpec(rows, classes, logits, targets, loss, lse, -100, smoothing)));
            for (int r = 0; r < rows; r++) {
                double sum = 0;
                double mean = 0;
                for (int c = 0; c < classes; c++) {
                    sum += Math.exp(at(logits, (long) r * classes + c));
                    mean += at(logits, (long) r * classes + c) / classes;
                }
                double expected = 0;
                if (at(targets, r) != -100) {
                    double right = at(logits, (long) r * classes + (long) at(targets, r));
                    expected = Math.log(sum) - (1 - smoothing) * right - smoothing * mean;
                }
                assertThat(Math.abs(at(lse, r) - Math.log(sum))).isLessThan(1e-5);
                assertThat(Math.abs(at(loss, r) - expected)).isLessThan(1e-5 * Math.max(1, expected));
            }
        }
    }

    @Test
    void aTargetOutsideTheClassesIsNamed() {
        Place logits = numbers.normal(DType.F32, 2 * 9);
        Place loss = numbers.empty(DType.F32, 2);
        Kernel kernel =
                kernels().crossEntropy(new CrossEntropySpec(2, 9, logits, numbers.i64(3, 9), loss, loss, -100, 0));
        assertThatThrownBy(() -> run(kernel))
                .isInstanceOf(UserError.class)
                .hasMessage("target 9, in place 1, is outside the 9 classes.");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 16, 33, 1000, 49_152})
    void theFirstOfTheLargestIsFound(int columns) {
        int rows = 4;
        int[] largest = {0, columns - 1, columns / 2, columns / 3};
        Place x = numbers.filled(DType.F32, (long) rows * columns, i -> {
            int row = i / columns;
            return i % columns == largest[row] ? (row == 3 ? Double.NaN : 5) : i % columns > largest[row] ? 5 : -i;
        });
        Place result = numbers.empty(DType.I64, rows);
        run(kernels().argMax(rows, columns, x, result));
        for (int r = 0; r < rows; r++) {
            assertThat((int) at(result, r)).isEqualTo(largest[r]);
        }
        Numbers.assertUntouchedBehind(result, rows);
    }

    @Test
    void zerosOfBothSignsAreEqual() {
        Place x = numbers.filled(DType.F32, 3, i -> i == 0 ? -0.0 : i == 1 ? 0.0 : -1);
        Place result = numbers.empty(DType.I64, 1);
        run(kernels().argMax(1, 3, x, result));
        assertThat(at(result, 0)).isZero();
    }
}
