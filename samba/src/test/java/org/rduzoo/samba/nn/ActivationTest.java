package org.rduzoo.samba.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Reference;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.Verifier;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.UserError;

final class ActivationTest {

    private static final double[] POINTS = {-7, -4, -3, -1, -0.25, 0, 0.01, 0.5, 1, 2.5, 3, 6, 8};

    /// Each name that Hugging Face has for a function, and what its PyTorch module computes.
    static Stream<Arguments> formulas() {
        return Stream.of(
                row("gelu", x -> x * normal(x)),
                row("gelu_python", x -> x * normal(x)),
                row("gelu_new", ActivationTest::geluTanh),
                row("gelu_fast", ActivationTest::geluTanh),
                row("gelu_pytorch_tanh", ActivationTest::geluTanh),
                row("gelu_accurate", ActivationTest::geluTanh),
                row("quick_gelu", x -> x * sigmoid(1.702 * x)),
                row("relu", x -> Math.max(0, x)),
                row("relu2", x -> x > 0 ? x * x : 0),
                row("relu6", x -> Math.clamp(x, 0.0, 6.0)),
                row("leaky_relu", x -> x > 0 ? x : 0.01 * x),
                row("hardswish", x -> x <= -3 ? 0 : x >= 3 ? x : x * (x + 3) / 6),
                row("silu", x -> x * sigmoid(x)),
                row("swish", x -> x * sigmoid(x)),
                row("mish", x -> x * Math.tanh(Math.log1p(Math.exp(x)))),
                row("tanh", Math::tanh),
                row("sigmoid", ActivationTest::sigmoid),
                row("linear", x -> x));
    }

    @ParameterizedTest
    @MethodSource("formulas")
    void eachNameIsItsFormula(String name, DoubleUnaryOperator formula) {
        Trace trace = new Trace("activation");
        Type type = Type.of(DType.F32, POINTS.length);
        trace.output("y", Activation.of("hidden_act", name).apply(trace.input("x", DType.F32, POINTS.length)));
        Dense y = Objects.requireNonNull(
                Reference.run(Verifier.check(trace.graph()), Map.of("x", new Dense(type, POINTS)))
                        .get("y"));
        assertThat(y.type()).isEqualTo(type);
        for (int i = 0; i < POINTS.length; i++) {
            assertThat(y.data()[i])
                    .as("%s(%s)", name, POINTS[i])
                    .isCloseTo(formula.applyAsDouble(POINTS[i]), within(1e-12));
        }
    }

    @Test
    void everyFunctionHasAName() {
        assertThat(formulas().map(a -> Activation.of("hidden_act", (String) a.get()[0])))
                .containsAll(EnumSet.allOf(Activation.class));
    }

    @Test
    void anUnknownNameIsRefusedWithTheNearestAndTheKey() {
        assertThatThrownBy(() -> Activation.of("hidden_act", "sillu"))
                .isInstanceOf(UserError.class)
                .hasMessage("config.json: hidden_act is \"sillu\", which is not supported. Did you mean silu?"
                        + " Supported: gelu, gelu_accurate, gelu_fast, gelu_new, gelu_python, gelu_pytorch_tanh,"
                        + " hardswish, leaky_relu, linear, mish, quick_gelu, relu, relu2, relu6, sigmoid, silu,"
                        + " swish, tanh.");
    }

    private static Arguments row(String name, DoubleUnaryOperator formula) {
        return Arguments.of(name, formula);
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static double geluTanh(double x) {
        return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }

    /// The share of a normal distribution below `x`: its density times `x + x³/3 + x⁵/15 + …`, beyond the middle.
    private static double normal(double x) {
        double[] terms = new double[200];
        terms[0] = x;
        for (int i = 1; i < terms.length; i++) {
            terms[i] = terms[i - 1] * x * x / (2 * i + 1);
        }
        return 0.5
                + Math.exp(-x * x / 2)
                        / Math.sqrt(2 * Math.PI)
                        * Arrays.stream(terms).sum();
    }
}
