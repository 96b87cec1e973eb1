package org.rduzoo.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphText;
import org.rduzoo.ir.Pass;
import org.rduzoo.ir.Reference;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.Verifier;
import org.rduzoo.ir.pass.Rewrites;

final class ReferenceGoldenTest {

    @ParameterizedTest
    @MethodSource("org.rduzoo.testkit.OpGoldens#all")
    void theReferenceMeansWhatPyTorchComputes(OpGolden golden) {
        assertThat(golden.error(Reference.run(Verifier.check(golden.graph()), golden.inputs())))
                .as(golden.toString())
                .isLessThanOrEqualTo(OpGoldens.TOLERANCE);
        assertThat(golden.seed().shape()).isEqualTo(golden.output().shape());
        assertThat(golden.gradients()).isNotEmpty();
        golden.gradients()
                .forEach((name, gradient) -> assertThat(golden.inputs())
                        .extractingByKey(name)
                        .extracting(Dense::type)
                        .isEqualTo(gradient.type()));
    }

    @ParameterizedTest
    @MethodSource("org.rduzoo.testkit.OpGoldens#all")
    void theGradientsAreWhatPyTorchComputes(OpGolden golden) {
        Graph joint = Verifier.check(golden.gradientGraph());
        Map<String, Dense> given = golden.gradientInputs();
        assertThat(golden.gradientError(Reference.run(joint, given)))
                .as(golden.toString())
                .isLessThanOrEqualTo(OpGoldens.TOLERANCE);
        for (Pass pass : Rewrites.standard()) {
            joint = Verifier.check(pass.run(joint));
        }
        assertThat(golden.gradientError(Reference.run(joint, given)))
                .as(golden + " rewritten")
                .isLessThanOrEqualTo(OpGoldens.TOLERANCE);
    }

    @ParameterizedTest
    @MethodSource("org.rduzoo.testkit.OpGoldens#all")
    void theTextFormKeepsTheMeaning(OpGolden golden) {
        assertThat(golden.error(Reference.run(GraphText.parse(GraphText.print(golden.graph())), golden.inputs())))
                .isLessThanOrEqualTo(OpGoldens.TOLERANCE);
    }

    @Test
    void everyCaseIsThere() {
        assertThat(OpGoldens.all()).hasSize(167);
        assertThat(OpGoldens.of("attention")).hasSize(7);
        assertThatThrownBy(() -> OpGoldens.of("convolution")).hasMessageContaining("no answers for convolution");
    }

    @Test
    void theErrorIsRelativeToTheGreatestElement() {
        assertThat(RelativeError.of(pair(1, 100), pair(0, 200))).isEqualTo(0.5);
        assertThat(RelativeError.of(pair(Double.NaN, 1), pair(1, 1))).isInfinite();
        assertThat(RelativeError.of(pair(Double.NaN, 1), pair(Double.NaN, 1))).isZero();
        assertThat(RelativeError.of(pair(1e-30, 0), pair(0, 0))).isInfinite();
        assertThat(RelativeError.of(pair(Double.NEGATIVE_INFINITY, 1), pair(Double.NEGATIVE_INFINITY, 2)))
                .isEqualTo(0.5);
        assertThatThrownBy(() -> RelativeError.of(pair(1, 2), Dense.scalar(DType.F32, 1)))
                .hasMessage("the shape is [2] instead of []");
    }

    private static Dense pair(double a, double b) {
        return new Dense(Type.of(DType.F32, 2), new double[] {a, b});
    }
}
