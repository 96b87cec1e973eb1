package org.rduzoo.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/// Short ways to write operands, tensors and expectations in the tests of operations.
final class TestGraphs {

    private TestGraphs() {}

    /// A value that belongs to no graph yet, for an operation that is only typed.
    static Value value(DType dtype, int... dims) {
        return new Value(0, Type.of(dtype, dims), "");
    }

    static Dense dense(DType dtype, int[] dims, double... data) {
        return new Dense(Type.of(dtype, dims), data);
    }

    static Dense f32(int[] dims, double... data) {
        return dense(DType.F32, dims, data);
    }

    static Dense i64(int[] dims, double... data) {
        return dense(DType.I64, dims, data);
    }

    static int[] dims(int... dims) {
        return dims;
    }

    /// 0, `step`, 2 `step` … in a shape.
    static Dense ramp(double step, int... dims) {
        Dense dense = Dense.zeros(Type.of(DType.F32, dims));
        Arrays.setAll(dense.data(), i -> i * step);
        return dense;
    }

    /// The results of an operation that `build` makes from values of the operands' types.
    static List<Dense> evaluate(Build build, Dense... operands) {
        Value[] values = new Value[operands.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = new Value(i, operands[i].type(), "");
        }
        return Reference.evaluate(build.op(values), v -> operands[v.number()]);
    }

    /// The only result of an operation.
    static double[] result(Build build, Dense... operands) {
        List<Dense> results = evaluate(build, operands);
        assertThat(results).hasSize(1);
        return results.getFirst().data();
    }

    interface Build {
        Op op(Value... values);
    }

    static void assertBreaks(String constraint, Op op) {
        assertBreaks(constraint, op::infer);
    }

    static void assertBreaks(String constraint, ThrowingCallable infer) {
        IllTyped e = catchThrowableOfType(IllTyped.class, infer);
        assertThat(e).as("an operation that breaks " + constraint).isNotNull();
        assertThat(e.constraint()).isEqualTo(constraint);
        assertThat(e).hasMessageContaining("breaks " + constraint);
    }
}
