package org.rduzoo.ir.pass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rduzoo.ir.pass.Checks.agree;
import static org.rduzoo.ir.pass.Checks.graph;
import static org.rduzoo.ir.pass.Checks.leaves;
import static org.rduzoo.ir.pass.Checks.rewrites;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphText;
import org.rduzoo.ir.Pass;
import org.rduzoo.ir.Verifier;

final class FuseAttentionTest {

    private static final String INPUTS = """
            input %0 "q" : f32[2, 3, 2, 4]
            input %1 "k" : f32[2, 3, 3, 4]
            input %2 "v" : f32[2, 3, 3, 5]
            input %3 "mask" : i64[2, 3]
            """;

    private static final String SCORES = INPUTS + """
            fwd %4 = constant() {value=f32[](0.5)} : f32[]
            fwd %5 = transpose(%1) {permutation=[0, 1, 3, 2]} : f32[2, 3, 4, 3]
            fwd %6 = mat_mul(%0, %5) : f32[2, 3, 2, 3]
            fwd %7 = mul(%6, %4) : f32[2, 3, 2, 3]
            """;

    private static final String HIDDEN = """
            fwd %8 = constant() {value=f32[](-inf)} : f32[]
            """;

    private final FuseAttention pass = new FuseAttention();

    private static String fused(String operands, boolean causal, String scale) {
        return """
                %%Q, %%L = attention(%%0, %%1, %%2%s) {causal=%s, window=0, scale=%s, scores=f32, ring=false} : f32[2, 3, 2, 5], f32[2, 3, 2]
                """.formatted(operands, causal, scale);
    }

    private static String plain(String scale) {
        return INPUTS + "fwd " + fused("", false, scale).replace("%Q", "%4").replace("%L", "%5")
                + "output \"y\" = %4\n";
    }

    @Test
    void aSoftmaxOfScaledScoresTimesValuesIsAnAttention() {
        rewrites(pass, SCORES + softmax(7, 8), plain("0.5"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"mul(%0, %4)", "mul(%4, %0)", "div(%0, %5)"})
    void theScaleMayComeBeforeTheProduct(String scaled) {
        rewrites(pass, INPUTS + """
                fwd %4 = constant() {value=f32[](0.5)} : f32[]
                fwd %5 = constant() {value=f32[](2.0)} : f32[]
                fwd %6 = SCALED : f32[2, 3, 2, 4]
                fwd %7 = transpose(%1) {permutation=[0, 1, 3, 2]} : f32[2, 3, 4, 3]
                fwd %8 = mat_mul(%6, %7) : f32[2, 3, 2, 3]
                """.replace("SCALED", scaled) + softmax(8, 9), plain("0.5"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    f32[2, 3](0.0, 0.0, -inf, 0.0, 0.0, 0.0)            | [2, 3]       | true
                    f32[1, 1, 2, 3](0.0, 0.0, -1.0E9, 0.0, 0.0, 0.0)         | [1, 1, 2, 3] | true
                    """)
    void anAddedTriangleIsCausal(String constant, String shape, boolean causal) {
        rewrites(
                pass,
                SCORES + """
                fwd %%8 = constant() {value=%s} : f32%s
                fwd %%9 = add(%%7, %%8) : f32[2, 3, 2, 3]
                """.formatted(constant, shape) + softmax(9, 10),
                INPUTS + "fwd " + fused("", causal, "0.5").replace("%Q", "%4").replace("%L", "%5")
                        + "output \"y\" = %4\n");
    }

    @Test
    void aTriangleMaySelect() {
        rewrites(
                pass,
                SCORES + HIDDEN + """
                fwd %9 = constant() {value=bool[2, 3](1, 1, 0, 1, 1, 1)} : bool[2, 3]
                fwd %10 = select(%9, %7, %8) : f32[2, 3, 2, 3]
                """ + softmax(10, 11),
                INPUTS + "fwd " + fused("", true, "0.5").replace("%Q", "%4").replace("%L", "%5")
                        + "output \"y\" = %4\n");
    }

    @Test
    void aConstantMaskOfKeysIsAKeyMask() {
        rewrites(
                pass,
                SCORES + """
                fwd %8 = constant() {value=f32[2, 1, 1, 3](0.0, -1.0E9, 0.0, 0.0, 0.0, -1.0E9)} : f32[2, 1, 1, 3]
                fwd %9 = add(%8, %7) : f32[2, 3, 2, 3]
                """ + softmax(9, 10),
                INPUTS + """
                fwd %4 = constant() {value=i64[2, 3](1, 0, 1, 1, 1, 0)} : i64[2, 3]
                fwd\s"""
                        + fused(", keyMask=%4", false, "0.5")
                                .replace("%Q", "%5")
                                .replace("%L", "%6") + "output \"y\" = %5\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ne|select(%11, %7, %8)", "eq|select(%11, %8, %7)"})
    void keysSelectedByTheirEntriesAreAKeyMask(String form) {
        String[] parts = form.split("\\|", -1);
        rewrites(
                pass,
                SCORES + HIDDEN + """
                fwd %9 = constant() {value=i64[](0)} : i64[]
                fwd %10 = reshape(%3) {shape=[2, 1, 1, 3]} : i64[2, 1, 1, 3]
                fwd %11 = COMPARE(%10, %9) : bool[2, 1, 1, 3]
                fwd %12 = SELECT : f32[2, 3, 2, 3]
                """.replace("COMPARE", parts[0]).replace("SELECT", parts[1]) + softmax(12, 13),
                INPUTS + "fwd "
                        + fused(", keyMask=%3", false, "0.5")
                                .replace("%Q", "%4")
                                .replace("%L", "%5") + "output \"y\" = %4\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // hides too little for certain
                "f32[2, 3](0.0, 0.0, -9.0, 0.0, 0.0, 0.0)",
                // a bias, not a mask
                "f32[2, 3](0.5, 0.0, -1.0E9, 0.0, 0.0, 0.0)",
                // neither causal nor by key
                "f32[2, 3](0.0, -1.0E9, 0.0, 0.0, 0.0, 0.0)",
                // a query that sees no key
                "f32[1, 3](-1.0E9)"
            })
    void otherSummandsStay(String constant) {
        String shape = constant.substring(3, constant.indexOf('('));
        String before = SCORES + "fwd %8 = constant() {value=" + constant + "} : f32" + shape
                + "\nfwd %9 = add(%7, %8) : f32[2, 3, 2, 3]\n" + softmax(9, 10);

        leaves(pass, before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-inf", "-1.0E9"})
    void aTriangleAndAMaskThatARunKnowsJoinIfBothHideByInfinity(String hidden) {
        String before = SCORES + HIDDEN + """
                fwd %9 = constant() {value=i64[](0)} : i64[]
                fwd %10 = reshape(%3) {shape=[2, 1, 1, 3]} : i64[2, 1, 1, 3]
                fwd %11 = ne(%10, %9) : bool[2, 1, 1, 3]
                fwd %12 = select(%11, %7, %8) : f32[2, 3, 2, 3]
                fwd %13 = constant() {value=f32[2, 3](0.0, 0.0, HIDDEN, 0.0, 0.0, 0.0)} : f32[2, 3]
                fwd %14 = add(%12, %13) : f32[2, 3, 2, 3]
                """.replace("HIDDEN", hidden) + softmax(14, 15);
        Graph after = pass.run(graph(before));

        assertThat(GraphText.print(after).contains("attention(")).isEqualTo(hidden.equals("-inf"));
        agree(graph(before), after, 5);
    }

    @Test
    void probabilitiesThatLeaveTheGraphAreKept() {
        leaves(pass, SCORES + softmax(7, 8) + "output \"probabilities\" = %8\n");
    }

    @Test
    void inBf16TheRoundingsOfTheOperationAreTaken() {
        String before = """
                input %0 "q" : f32[2, 3, 2, 4]
                input %1 "k" : f32[2, 3, 4, 3]
                input %2 "v" : f32[2, 3, 3, 5]
                fwd %3 = constant() {value=f32[](SCALE)} : f32[]
                fwd %4 = transpose(%1) {permutation=[0, 1, 2, 3]} : f32[2, 3, 4, 3]
                fwd %5 = mul(%0, %3) : f32[2, 3, 2, 4]
                fwd %6 = mat_mul(%5, %4) : f32[2, 3, 2, 3]
                """ + softmax(6, 7);
        for (String scale : new String[] {"0.5", "0.3"}) {
            Graph rounded = new Precision(PrecisionOptions.DEFAULTS).run(graph(before.replace("SCALE", scale)));
            Graph result = Verifier.check(pass.run(rounded));

            assertThat(GraphText.print(result)).contains("attention(").doesNotContain("softmax");
            assertThat(GraphText.print(result)).contains(scale.equals("0.5") ? "scale=0.5" : "scale=1.0");
            agree(rounded, result, 7);
        }
    }

    @Test
    void otherRoundingsStay() {
        leaves(pass, SCORES + """
                fwd %8 = cast(%7) {dtype=bf16} : bf16[2, 3, 2, 3]
                fwd %9 = cast(%8) {dtype=f32} : f32[2, 3, 2, 3]
                """ + softmax(9, 10));
    }

    @Test
    void keysThatAreMovedOnceAreMovedOnceAfter() {
        Graph before = graph("""
                input %0 "q" : f32[2, 2, 3, 4]
                input %1 "k" : f32[2, 3, 3, 4]
                input %2 "v" : f32[2, 3, 3, 5]
                fwd %3 = transpose(%0) {permutation=[0, 2, 1, 3]} : f32[2, 3, 2, 4]
                fwd %4 = transpose(%1) {permutation=[0, 2, 3, 1]} : f32[2, 3, 4, 3]
                fwd %5 = mat_mul(%3, %4) : f32[2, 3, 2, 3]
                """ + softmax(5, 6));
        Graph after = before;
        for (Pass p : Rewrites.standard()) {
            after = Verifier.check(p.run(after));
        }

        assertThat(GraphText.print(after))
                .contains("transpose(%1) {permutation=[0, 2, 1, 3]}")
                .contains("attention(");
        agree(before, after, 3);
    }

    /// The last two steps and the output, the first of them numbered `next`.
    private static String softmax(int scores, int next) {
        return """
                fwd %%%d = softmax(%%%d) {axis=3} : f32[2, 3, 2, 3]
                fwd %%%d = mat_mul(%%%d, %%2) : f32[2, 3, 2, 5]
                output "y" = %%%d
                """.formatted(next, scores, next + 1, next, next + 1);
    }
}
