package org.rduzoo.ir.pass;

import static org.rduzoo.ir.pass.Checks.leaves;
import static org.rduzoo.ir.pass.Checks.rewrites;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FuseLinearTest {

    private static final String INPUTS = """
            input %0 "x" : f32[2, 5, 4]
            parameter %1 "w" : f32[3, 4]
            parameter %2 "b" : f32[3]
            """;

    private static final String PRODUCT = INPUTS + """
            fwd %3 = transpose(%1) {permutation=[1, 0]} : f32[4, 3]
            fwd %4 = mat_mul(%0, %3) : f32[2, 5, 3]
            """;

    private final FuseLinear pass = new FuseLinear();

    @Test
    void aProductWithATransposedWeightIsALinear() {
        rewrites(
                pass,
                PRODUCT + "output \"y\" = %4\n",
                INPUTS + "fwd %3 = linear(%0, %1) : f32[2, 5, 3]\noutput \"y\" = %3\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"%4, %2", "%2, %4"})
    void biasAndActivationJoin(String sum) {
        rewrites(pass, PRODUCT + "fwd %5 = add(" + sum + """
                ) : f32[2, 5, 3]
                fwd %6 = gelu(%5) : f32[2, 5, 3]
                output "y" = %6
                """, INPUTS + """
                fwd %3 = linear(%0, %1, bias=%2) {activation=gelu} : f32[2, 5, 3]
                output "y" = %3
                """);
    }

    @Test
    void anActivationJoinsALinearThatIsThereAlready() {
        rewrites(pass, INPUTS + """
                fwd %3 = linear(%0, %1, bias=%2) : f32[2, 5, 3]
                fwd %4 = relu(%3) : f32[2, 5, 3]
                output "y" = %4
                """, INPUTS + """
                fwd %3 = linear(%0, %1, bias=%2) {activation=relu} : f32[2, 5, 3]
                output "y" = %3
                """);
    }

    @Test
    void whatIsReadTwiceIsJoinedNoFurther() {
        rewrites(pass, PRODUCT + """
                fwd %5 = add(%4, %2) : f32[2, 5, 3]
                fwd %6 = relu(%5) : f32[2, 5, 3]
                output "y" = %6
                output "before" = %5
                """, INPUTS + """
                fwd %3 = linear(%0, %1, bias=%2) : f32[2, 5, 3]
                fwd %4 = relu(%3) : f32[2, 5, 3]
                output "y" = %4
                output "before" = %3
                """);
    }

    @Test
    void aTransposedWeightMayHaveOtherUsers() {
        rewrites(pass, PRODUCT + """
                fwd %5 = exp(%3) : f32[4, 3]
                output "y" = %4
                output "z" = %5
                """, INPUTS + """
                fwd %3 = transpose(%1) {permutation=[1, 0]} : f32[4, 3]
                fwd %4 = linear(%0, %1) : f32[2, 5, 3]
                fwd %5 = exp(%3) : f32[4, 3]
                output "y" = %4
                output "z" = %5
                """);
    }

    @Test
    void nothingJoinsBehindAnActivation() {
        rewrites(pass, PRODUCT + """
                fwd %5 = relu(%4) : f32[2, 5, 3]
                fwd %6 = add(%5, %2) : f32[2, 5, 3]
                fwd %7 = tanh(%6) : f32[2, 5, 3]
                output "y" = %7
                """, INPUTS + """
                fwd %3 = linear(%0, %1) {activation=relu} : f32[2, 5, 3]
                fwd %4 = add(%3, %2) : f32[2, 5, 3]
                fwd %5 = tanh(%4) : f32[2, 5, 3]
                output "y" = %5
                """);
    }

    @Test
    void anActivationOfAnActivationStays() {
        leaves(pass, INPUTS + """
                        fwd %3 = linear(%0, %1, bias=%2) {activation=relu} : f32[2, 5, 3]
                        fwd %4 = tanh(%3) : f32[2, 5, 3]
                        output "y" = %4
                        """);
    }

    @Test
    void aRoundedWeightIsTurnedBackWithItsRounding() {
        rewrites(
                pass,
                PRODUCT.replace("mat_mul(%0, %3)", "mat_mul(%5, %4)")
                                .replace(
                                        "fwd %4 =",
                                        "fwd %4 = cast(%3) {dtype=bf16} : bf16[4, 3]\n"
                                                + "fwd %5 = cast(%0) {dtype=bf16} : bf16[2, 5, 4]\nfwd %6 =")
                        + "output \"y\" = %6\n",
                INPUTS + """
                fwd %3 = cast(%0) {dtype=bf16} : bf16[2, 5, 4]
                fwd %4 = cast(%1) {dtype=bf16} : bf16[3, 4]
                fwd %5 = linear(%3, %4) : f32[2, 5, 3]
                output "y" = %5
                """);
    }

    @Test
    void aMatrixThatEachRunComputesIsNoWeight() {
        leaves(pass, """
                input %0 "x" : f32[5, 4]
                input %1 "y" : f32[3, 4]
                fwd %2 = transpose(%1) {permutation=[1, 0]} : f32[4, 3]
                fwd %3 = mat_mul(%0, %2) : f32[5, 3]
                output "y" = %3
                """);
    }
}
