package org.rduzoo.ir.pass;

import static org.rduzoo.ir.pass.Checks.leaves;
import static org.rduzoo.ir.pass.Checks.rewrites;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FuseActivationTest {

    private static final String CONSTANTS = """
            input %0 "x" : f32[2, 4]
            fwd %1 = constant() {value=f32[](1.0)} : f32[]
            fwd %2 = constant() {value=f32[](0.5)} : f32[]
            fwd %3 = constant() {value=f32[](0.044714998453855515)} : f32[]
            fwd %4 = constant() {value=f32[](0.7978845834732056)} : f32[]
            fwd %5 = constant() {value=f32[](1.4142135381698608)} : f32[]
            fwd %6 = constant() {value=f32[](3.0)} : f32[]
            fwd %7 = constant() {value=f32[](0.0)} : f32[]
            """;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    silu      | sigmoid(%0); mul(%0, %8)
                    silu      | sigmoid(%0); mul(%8, %0)
                    silu      | neg(%0); exp(%8); add(%9, %1); div(%0, %10)
                    silu      | neg(%0); exp(%8); add(%9, %1); reciprocal(%10); mul(%11, %0)
                    sigmoid   | neg(%0); exp(%8); add(%1, %9); reciprocal(%10)
                    softplus  | exp(%0); add(%8, %1); log(%9)
                    relu      | max(%0, %7)
                    gelu      | div(%0, %5); erf(%8); add(%9, %1); mul(%0, %10); mul(%11, %2)
                    gelu      | div(%0, %5); erf(%8); add(%1, %9); mul(%2, %0); mul(%11, %10)
                    gelu      | div(%0, %5); erf(%8); mul(%9, %2); add(%10, %2); mul(%11, %0)
                    gelu      | div(%0, %5); erf(%8); add(%9, %1); mul(%10, %2); mul(%0, %11)
                    gelu_tanh | mul(%0, %0); mul(%8, %0); mul(%9, %3); add(%0, %10); mul(%11, %4); tanh(%12); add(%13, %1); mul(%14, %0); mul(%15, %2)
                    gelu_tanh | pow(%0, %6); mul(%3, %8); add(%9, %0); mul(%4, %10); tanh(%11); add(%1, %12); mul(%2, %0); mul(%14, %13)
                    gelu_tanh | mul(%0, %0); mul(%8, %3); add(%9, %1); mul(%0, %10); mul(%11, %4); tanh(%12); add(%13, %1); mul(%14, %2); mul(%0, %15)
                    """)
    void formulasGetTheirNames(String name, String formula) {
        rewrites(
                new FuseActivation(),
                CONSTANTS + nodes(formula),
                "input %%0 \"x\" : f32[2, 4]\nfwd %%1 = %s(%%0) : f32[2, 4]\noutput \"y\" = %%1\n".formatted(name));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    another constant | mul(%0, %5); erf(%8); add(%9, %1); mul(%0, %10); mul(%11, %2)
                    another factor   | div(%0, %5); erf(%8); add(%9, %1); mul(%0, %10); mul(%11, %6)
                    another argument | exp(%0); sigmoid(%8); mul(%0, %9)
                    """)
    void formulasThatAreAlmostTheSameStay(String why, String formula) {
        leaves(new FuseActivation(), clean(CONSTANTS + nodes(formula)));
    }

    @Test
    void aSigmoidThatIsReadElsewhereStays() {
        leaves(new FuseActivation(), """
                input %0 "x" : f32[2, 4]
                fwd %1 = sigmoid(%0) : f32[2, 4]
                fwd %2 = mul(%0, %1) : f32[2, 4]
                fwd %3 = add(%2, %1) : f32[2, 4]
                output "y" = %3
                """);
    }

    /// The formula's steps as nodes, numbered from 8 on; the last is the output.
    private static String nodes(String formula) {
        StringBuilder lines = new StringBuilder();
        int number = 8;
        for (String step : formula.split(";", -1)) {
            lines.append("fwd %")
                    .append(number++)
                    .append(" = ")
                    .append(step.strip())
                    .append(" : f32[2, 4]\n");
        }
        return lines.append("output \"y\" = %").append(number - 1).append('\n').toString();
    }

    /// Without the constants that the formula does not use.
    private static String clean(String lines) {
        String text = new DeadCode().run(Checks.graph(lines)).toString();
        return text.substring(text.indexOf('\n') + 1, text.lastIndexOf('}'));
    }
}
