package org.rduzoo.ir.pass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.rduzoo.ir.pass.Checks.graph;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphText;
import org.rduzoo.ir.Verifier;

final class PrecisionTest {

    private static final PrecisionOptions DEFAULTS = PrecisionOptions.DEFAULTS;

    /// Fails unless the pass makes `after` of `before`. The numbers differ: that is its purpose.
    private static void assigns(PrecisionOptions options, String before, String after) {
        Graph result = Verifier.check(new Precision(options).run(graph(before)));
        assertThat(GraphText.print(result)).isEqualTo(GraphText.print(graph(after)));
    }

    @Test
    void factorsAreRoundedAndCastsAreShared() {
        assigns(DEFAULTS, """
                input %0 "x" : f32[2, 4]
                parameter %1 "w" : f32[3, 4]
                parameter %2 "u" : f32[3, 4]
                parameter %3 "b" : f32[3]
                fwd %4 = linear(%0, %1, bias=%3) : f32[2, 3]
                fwd %5 = linear(%0, %2, bias=%3) {activation=relu} : f32[2, 3]
                fwd %6 = mul(%4, %5) : f32[2, 3]
                output "logits" = %6
                """, """
                input %0 "x" : f32[2, 4]
                parameter %1 "w" : bf16[3, 4]
                parameter %2 "u" : bf16[3, 4]
                parameter %3 "b" : bf16[3]
                fwd %4 = cast(%0) {dtype=bf16} : bf16[2, 4]
                fwd %5 = cast(%3) {dtype=f32} : f32[3] @ "b"
                fwd %6 = linear(%4, %1, bias=%5) : f32[2, 3]
                fwd %7 = linear(%4, %2, bias=%5) {activation=relu} : f32[2, 3]
                fwd %8 = mul(%6, %7) : f32[2, 3]
                output "logits" = %8
                """);
    }

    @Test
    void rowsAreGatheredAsStoredAndThenWidened() {
        assigns(DEFAULTS, """
                input %0 "ids" : i64[2, 5]
                parameter %1 "table" : f32[7, 4]
                parameter %2 "positions" : f32[9, 4]
                fwd %3 = embedding(%1, %0) : f32[2, 5, 4]
                fwd %4 = slice(%2) {axis=0, start=0, length=5} : f32[5, 4]
                fwd %5 = add(%3, %4) : f32[2, 5, 4]
                output "logits" = %5
                """, """
                input %0 "ids" : i64[2, 5]
                parameter %1 "table" : bf16[7, 4]
                parameter %2 "positions" : bf16[9, 4]
                fwd %3 = embedding(%1, %0) : bf16[2, 5, 4]
                fwd %4 = slice(%2) {axis=0, start=0, length=5} : bf16[5, 4]
                fwd %5 = cast(%3) {dtype=f32} : f32[2, 5, 4]
                fwd %6 = cast(%4) {dtype=f32} : f32[5, 4]
                fwd %7 = add(%5, %6) : f32[2, 5, 4]
                output "logits" = %7
                """);
    }

    @Test
    void aNormIsRoundedOnceAndWidenedOnlyForThoseWhoAsk() {
        String before = """
                input %0 "x" : f32[2, 5, 4]
                parameter %1 "w" : f32[4, 4]
                parameter %2 "g" : f32[4]
                fwd %3 = rms_norm(%0, weight=%2) {epsilon=1.0E-6} : f32[2, 5, 4]
                fwd %4 = linear(%3, %1) : f32[2, 5, 4]
                output "last_hidden_state" = %3
                output "logits" = %4
                """;
        assigns(DEFAULTS, before, """
                input %0 "x" : f32[2, 5, 4]
                parameter %1 "w" : bf16[4, 4]
                parameter %2 "g" : bf16[4]
                fwd %3 = cast(%2) {dtype=f32} : f32[4] @ "g"
                fwd %4 = rms_norm(%0, weight=%3) {epsilon=1.0E-6} : f32[2, 5, 4]
                fwd %5 = cast(%4) {dtype=bf16} : bf16[2, 5, 4]
                fwd %6 = linear(%5, %1) : f32[2, 5, 4]
                fwd %7 = cast(%5) {dtype=f32} : f32[2, 5, 4]
                output "last_hidden_state" = %7
                output "logits" = %6
                """);
        assigns(
                DEFAULTS.withKey("fp32_ln", "true"),
                before.replace("output \"last_hidden_state\" = %3\n", "output \"loss\" = %3\n"),
                """
                input %0 "x" : f32[2, 5, 4]
                parameter %1 "w" : bf16[4, 4]
                parameter %2 "g" : bf16[4]
                fwd %3 = cast(%2) {dtype=f32} : f32[4] @ "g"
                fwd %4 = rms_norm(%0, weight=%3) {epsilon=1.0E-6} : f32[2, 5, 4]
                fwd %5 = cast(%4) {dtype=bf16} : bf16[2, 5, 4]
                fwd %6 = linear(%5, %1) : f32[2, 5, 4]
                output "loss" = %4
                output "logits" = %6
                """);
    }

    @Test
    void outputsHoldRoundedNumbersButForLogits() {
        String before = """
                input %0 "x" : f32[4]
                input %1 "ids" : i64[4]
                fwd %2 = exp(%0) : f32[4]
                output "logits" = %2
                output "hidden" = %2
                output "again" = %2
                output "ids" = %1
                """;
        String rounded = """
                input %0 "x" : f32[4]
                input %1 "ids" : i64[4]
                fwd %2 = exp(%0) : f32[4]
                fwd %3 = cast(%2) {dtype=bf16} : bf16[4]
                fwd %4 = cast(%3) {dtype=f32} : f32[4]
                output "logits" = LOGITS
                output "hidden" = %4
                output "again" = %4
                output "ids" = %1
                """;
        assigns(DEFAULTS, before, rounded.replace("LOGITS", "%2"));
        assigns(DEFAULTS.withKey("fp32_logits", "false"), before, rounded.replace("LOGITS", "%4"));
    }

    @Test
    void theResidualStreamIsRoundedIfItIsNotToStay() {
        String before = """
                input %0 "x" : f32[2, 5, 4]
                input %1 "y" : f32[2, 5, 4]
                fwd %2 = add(%0, %1) : f32[2, 5, 4]
                fwd %3 = exp(%2) : f32[2, 5, 4]
                output "logits" = %3
                """;
        assigns(DEFAULTS, before, before);
        assigns(DEFAULTS.withKey("fp32_skip_add", "false"), before, """
                input %0 "x" : f32[2, 5, 4]
                input %1 "y" : f32[2, 5, 4]
                fwd %2 = add(%0, %1) : f32[2, 5, 4]
                fwd %3 = cast(%2) {dtype=bf16} : bf16[2, 5, 4]
                fwd %4 = cast(%3) {dtype=f32} : f32[2, 5, 4]
                fwd %5 = exp(%4) : f32[2, 5, 4]
                output "logits" = %5
                """);
    }

    @Test
    void scoresAreRoundedIfTheyAreNotToStay() {
        String before = """
                input %0 "q" : f32[1, 2, 3, 4]
                fwd %1, %2 = attention(%0, %0, %0) {causal=true, window=0, scale=0.5, scores=f32, ring=false} : f32[1, 2, 3, 4], f32[1, 2, 3]
                output "logits" = %1
                """;
        String after = """
                input %0 "q" : f32[1, 2, 3, 4]
                fwd %1 = cast(%0) {dtype=bf16} : bf16[1, 2, 3, 4]
                fwd %2, %3 = attention(%1, %1, %1) {causal=true, window=0, scale=0.5, scores=SCORES, ring=false} : f32[1, 2, 3, 4], f32[1, 2, 3]
                output "logits" = %2
                """;
        assigns(DEFAULTS, before, after.replace("SCORES", "f32"));
        assigns(DEFAULTS.withKey("mixedp_attn", "false"), before, after.replace("SCORES", "bf16"));
    }

    @Test
    void whatReplacesAnInputHasItsType() {
        assigns(DEFAULTS, """
                input %0 "x" : f32[4]
                parameter %1 "w" : f32[4]
                state %2 "mean" : f32[4]
                state %3 "cache" : bf16[4]
                fwd %4 = cast(%3) {dtype=f32} : f32[4]
                fwd %5 = add(%2, %4) : f32[4]
                fwd %6 = sub(%1, %0) : f32[4]
                fwd %7 = cast(%5) {dtype=bf16} : bf16[4]
                output "mean" = %5 replaces "mean"
                output "cache" = %7 replaces "cache"
                output "w" = %6 replaces "w"
                """, """
                input %0 "x" : f32[4]
                parameter %1 "w" : f32[4]
                state %2 "mean" : f32[4]
                state %3 "cache" : bf16[4]
                fwd %4 = cast(%3) {dtype=f32} : f32[4]
                fwd %5 = add(%2, %4) : f32[4]
                fwd %6 = sub(%1, %0) : f32[4]
                fwd %7 = cast(%5) {dtype=bf16} : bf16[4]
                output "mean" = %5 replaces "mean"
                output "cache" = %7 replaces "cache"
                output "w" = %6 replaces "w"
                """);
    }

    @Test
    void whatTheBackwardPassNeedsIsRoundedWhereItIsComputed() {
        assigns(DEFAULTS, """
                input %0 "x" : f32[2, 4]
                parameter %1 "w" : f32[3, 4]
                fwd %2 = exp(%0) : f32[2, 4]
                fwd %3 = reduce_sum(%2) {axes=[1], keepDims=true} : f32[2, 1]
                fwd %4 = tanh(%2) : f32[2, 4]
                bckwd %5 = linear(%2, %1) : f32[2, 3]
                bckwd %6 = mul(%2, %3) : f32[2, 4]
                opt %7 = add(%6, %0) : f32[2, 4]
                output "y" = %4
                output "grads.w" = %5
                output "grads.x" = %7
                """, """
                input %0 "x" : f32[2, 4]
                parameter %1 "w" : bf16[3, 4]
                fwd %2 = exp(%0) : f32[2, 4]
                fwd %3 = cast(%2) {dtype=bf16} : bf16[2, 4]
                fwd %4 = reduce_sum(%2) {axes=[1], keepDims=true} : f32[2, 1]
                fwd %5 = tanh(%2) : f32[2, 4]
                bckwd %6 = linear(%3, %1) : f32[2, 3]
                bckwd %7 = cast(%3) {dtype=f32} : f32[2, 4]
                bckwd %8 = mul(%7, %4) : f32[2, 4]
                opt %9 = add(%8, %0) : f32[2, 4]
                fwd %10 = cast(%5) {dtype=bf16} : bf16[2, 4]
                fwd %11 = cast(%10) {dtype=f32} : f32[2, 4]
                output "y" = %11
                output "grads.w" = %6
                output "grads.x" = %9
                """);
    }

    @Test
    void logitsStayExactForTheGradientOfTheirLoss() {
        String before = """
                input %0 "x" : f32[2, 4]
                input %1 "labels" : i64[2]
                fwd %2 = exp(%0) : f32[2, 4]
                fwd %3, %4 = cross_entropy(%2, %1) {ignoreIndex=-100, labelSmoothing=0.0} : f32[2], f32[2]
                bckwd %5 = cross_entropy_gradient(%2, %1, %4, %3) {ignoreIndex=-100, labelSmoothing=0.0} : f32[2, 4]
                output "grads.x" = %5
                """;
        assigns(DEFAULTS, before, before);
        assertThat(new Precision(DEFAULTS.withKey("fp32_logits", "false"))
                        .run(graph(before))
                        .toString())
                .contains("fwd %3 = cast(%2) {dtype=bf16}");
    }

    @Test
    void inFp32NothingChanges() {
        Graph graph = graph("""
                input %0 "x" : f32[2, 4]
                parameter %1 "w" : f32[3, 4]
                fwd %2 = linear(%0, %1) : f32[2, 3]
                output "y" = %2
                """);

        assertThat(new Precision(DEFAULTS.withDType(DType.F32)).run(graph)).isSameAs(graph);
    }

    @Test
    void aParameterThatAnotherGraphReplacesIsTheF32ThatLiesThere() {
        Graph graph = graph("""
                input %0 "x" : f32[2, 4]
                parameter %1 "w" : f32[3, 4]
                fwd %2 = linear(%0, %1) : f32[2, 3]
                output "logits" = %2
                """);

        assertThat(GraphText.print(Verifier.check(new Precision(DEFAULTS, Set.of("w")).run(graph))))
                .isEqualTo(GraphText.print(graph("""
                input %0 "x" : f32[2, 4]
                parameter %1 "w" : f32[3, 4]
                fwd %2 = cast(%0) {dtype=bf16} : bf16[2, 4]
                fwd %3 = cast(%1) {dtype=bf16} : bf16[3, 4] @ "w"
                fwd %4 = linear(%2, %3) : f32[2, 3]
                output "logits" = %4
                """)));
    }

    @Test
    void optionsAreSetByName() {
        PrecisionOptions options = DEFAULTS.withKey("fp32_ln", "true").withKey("mixedp_attn", "false");

        assertThat(options).isEqualTo(new PrecisionOptions(DType.BF16, true, true, true, false));
        PrecisionOptions copy = DEFAULTS;
        for (Map.Entry<String, String> e : options.asMap().entrySet()) {
            copy = copy.withKey(e.getKey(), e.getValue());
        }
        assertThat(copy).isEqualTo(options);
        assertThatThrownBy(() -> DEFAULTS.withKey("fp32_nl", "true"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("fp32_nl")
                .hasMessageContaining("fp32_ln");
        assertThatThrownBy(() -> DEFAULTS.withKey("fp32_ln", "maybe"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maybe");
        assertThatThrownBy(() -> DEFAULTS.withDType(DType.I64)).isInstanceOf(IllegalArgumentException.class);
    }
}
