package org.rduzoo.ir.pass;

import static org.rduzoo.ir.pass.Checks.leaves;
import static org.rduzoo.ir.pass.Checks.rewrites;

import org.junit.jupiter.api.Test;

final class FuseConvolutionTest {

    private static final String INPUTS = """
            input %0 "x" : f32[2, 3, 6]
            parameter %1 "w" : f32[4, 3, 3]
            parameter %2 "weight" : f32[4]
            parameter %3 "bias" : f32[4]
            parameter %4 "mean" : f32[4]
            parameter %5 "variance" : f32[4]
            """;

    private static final String WINDOW = "stride=[1], padding=[1], dilation=[1], groups=1";

    private static final String CONV = INPUTS + "fwd %6 = conv(%0, %1) {" + WINDOW + "} : f32[2, 4, 6]\n";

    private static final String NORM = "batch_norm(%6, weight=%2, bias=%3, %4, %5) {epsilon=0.5} : f32[2, 4, 6]\n";

    private final FuseConvolution pass = new FuseConvolution();

    @Test
    void aBatchNormBecomesScaleAndBias() {
        rewrites(
                pass,
                CONV + "fwd %7 = " + NORM + """
                fwd %8 = relu(%7) : f32[2, 4, 6]
                output "y" = %8
                """,
                INPUTS + """
                fwd %6 = constant() {value=f32[](0.5)} : f32[]
                fwd %7 = add(%5, %6) : f32[4]
                fwd %8 = rsqrt(%7) : f32[4]
                fwd %9 = mul(%8, %2) : f32[4]
                fwd %10 = neg(%4) : f32[4]
                fwd %11 = mul(%10, %9) : f32[4]
                fwd %12 = add(%11, %3) : f32[4]
                """ + "fwd %13 = conv(%0, %1, scale=%9, bias=%12) {activation=relu, " + WINDOW
                        + "} : f32[2, 4, 6]\n"
                        + "output \"y\" = %13\n");
    }

    @Test
    void anActivationJoinsByItself() {
        rewrites(
                pass,
                CONV + "fwd %7 = sigmoid(%6) : f32[2, 4, 6]\noutput \"y\" = %7\n",
                INPUTS + "fwd %6 = conv(%0, %1) {activation=sigmoid, " + WINDOW
                        + "} : f32[2, 4, 6]\noutput \"y\" = %6\n");
    }

    @Test
    void whatIsReadTwiceStays() {
        leaves(pass, CONV + "fwd %7 = " + NORM + "output \"y\" = %7\noutput \"z\" = %6\n");
    }

    @Test
    void anActivatedConvolutionIsNormedAfterwards() {
        leaves(pass, CONV.replace("{stride", "{activation=relu, stride") + "fwd %7 = " + NORM + "output \"y\" = %7\n");
    }
}
