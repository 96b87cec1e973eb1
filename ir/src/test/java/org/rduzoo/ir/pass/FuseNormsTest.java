package org.rduzoo.ir.pass;

import static org.rduzoo.ir.pass.Checks.leaves;
import static org.rduzoo.ir.pass.Checks.rewrites;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FuseNormsTest {

    private static final String DEVIATION = """
            input %0 "x" : f32[2, 5, 4]
            parameter %1 "w" : f32[4]
            parameter %2 "b" : f32[4]
            fwd %3 = constant() {value=f32[](1.0E-5)} : f32[]
            fwd %4 = constant() {value=f32[](4.0)} : f32[]
            fwd %5 = reduce_mean(%0) {axes=[2], keepDims=true} : f32[2, 5, 1]
            fwd %6 = sub(%0, %5) : f32[2, 5, 4]
            fwd %7 = mul(%6, %6) : f32[2, 5, 4]
            """;

    private static final String VARIANCE = DEVIATION + """
            fwd %8 = reduce_mean(%7) {axes=[2], keepDims=true} : f32[2, 5, 1]
            fwd %9 = add(%8, %3) : f32[2, 5, 1]
            """;

    private static final String PLAIN = """
            input %0 "x" : f32[2, 5, 4]
            parameter %1 "w" : f32[4]
            parameter %2 "b" : f32[4]
            fwd %3 = layer_norm(%0) {epsilon=1.0E-5} : f32[2, 5, 4]
            output "y" = %3
            """;

    private static final String FULL = """
            input %0 "x" : f32[2, 5, 4]
            parameter %1 "w" : f32[4]
            parameter %2 "b" : f32[4]
            fwd %3 = layer_norm(%0, weight=%1, bias=%2) {epsilon=1.0E-5} : f32[2, 5, 4]
            output "y" = %3
            """;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "fwd %10 = sqrt(%9) : f32[2, 5, 1]\nfwd %11 = div(%6, %10) : f32[2, 5, 4]\n",
                "fwd %10 = rsqrt(%9) : f32[2, 5, 1]\nfwd %11 = mul(%6, %10) : f32[2, 5, 4]\n",
                "fwd %10 = rsqrt(%9) : f32[2, 5, 1]\nfwd %11 = mul(%10, %6) : f32[2, 5, 4]\n"
            })
    void deviationsOverTheirRootMeanSquareAreALayerNorm(String quotient) {
        rewrites(new FuseLayerNorm(), VARIANCE + quotient + "output \"y\" = %11\n", PLAIN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "fwd %12 = mul(%11, %1) : f32[2, 5, 4]\nfwd %13 = add(%12, %2) : f32[2, 5, 4]\n",
                "fwd %12 = mul(%1, %11) : f32[2, 5, 4]\nfwd %13 = add(%2, %12) : f32[2, 5, 4]\n"
            })
    void weightAndBiasJoinInAnyOrder(String affine) {
        rewrites(new FuseLayerNorm(), VARIANCE + """
                fwd %10 = rsqrt(%9) : f32[2, 5, 1]
                fwd %11 = mul(%6, %10) : f32[2, 5, 4]
                """ + affine + "output \"y\" = %13\n", FULL);
    }

    @Test
    void aMeanMayBeASumOverTheLengthOfARow() {
        rewrites(new FuseLayerNorm(), DEVIATION + """
                fwd %8 = reduce_sum(%7) {axes=[2], keepDims=true} : f32[2, 5, 1]
                fwd %9 = div(%8, %4) : f32[2, 5, 1]
                fwd %10 = add(%3, %9) : f32[2, 5, 1]
                fwd %11 = sqrt(%10) : f32[2, 5, 1]
                fwd %12 = div(%6, %11) : f32[2, 5, 4]
                output "y" = %12
                """, PLAIN);
    }

    @Test
    void aNormWhoseDeviationsAreReadElsewhereStays() {
        leaves(new FuseLayerNorm(), VARIANCE + """
                fwd %10 = rsqrt(%9) : f32[2, 5, 1]
                fwd %11 = mul(%6, %10) : f32[2, 5, 4]
                output "y" = %11
                output "deviations" = %6
                """);
    }

    @Test
    void aNormAcrossPartsOfAStepStays() {
        leaves(new FuseLayerNorm(), VARIANCE + """
                bckwd %10 = rsqrt(%9) : f32[2, 5, 1]
                bckwd %11 = mul(%6, %10) : f32[2, 5, 4]
                output "y" = %11
                """);
    }

    @Test
    void theVarianceOfOtherDeviationsIsNoLayerNorm() {
        leaves(new FuseLayerNorm(), VARIANCE + """
                fwd %10 = rsqrt(%9) : f32[2, 5, 1]
                fwd %11 = mul(%0, %10) : f32[2, 5, 4]
                output "y" = %11
                """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"%1, %7", "%7, %1"})
    void aRowOverItsRootMeanSquareIsAnRmsNorm(String weighted) {
        rewrites(new FuseRmsNorm(), """
                input %%0 "x" : f32[2, 5, 4]
                parameter %%1 "w" : f32[4]
                fwd %%2 = constant() {value=f32[](1.0E-6)} : f32[]
                fwd %%3 = mul(%%0, %%0) : f32[2, 5, 4]
                fwd %%4 = reduce_mean(%%3) {axes=[2], keepDims=true} : f32[2, 5, 1]
                fwd %%5 = add(%%4, %%2) : f32[2, 5, 1]
                fwd %%6 = rsqrt(%%5) : f32[2, 5, 1]
                fwd %%7 = mul(%%0, %%6) : f32[2, 5, 4]
                fwd %%8 = mul(%s) : f32[2, 5, 4]
                output "y" = %%8
                """.formatted(weighted), """
                input %0 "x" : f32[2, 5, 4]
                parameter %1 "w" : f32[4]
                fwd %2 = rms_norm(%0, weight=%1) {epsilon=1.0E-6} : f32[2, 5, 4]
                output "y" = %2
                """);
    }
}
