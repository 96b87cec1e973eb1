package org.rduzoo.backend.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphText;

class HostPlanTest {

    @Test
    void aChainOfRowOperationsIsOneStep() {
        HostPlan plan = HostPlan.of(parse("""
                graph "chain" {
                  input %0 "x" : f32[4, 8]
                  input %1 "y" : f32[4, 8]
                  fwd %2 = add(%0, %1) : f32[4, 8]
                  fwd %3 = gelu(%2) : f32[4, 8]
                  fwd %4 = layer_norm(%3) {epsilon=1.0E-5} : f32[4, 8]
                  output "z" = %4
                }
                """));
        assertThat(plan.steps()).extracting(Step::label).containsExactly("add+gelu+layer_norm");
        assertThat(plan.arena().bytes()).isZero();
    }

    @Test
    void whatAlsoFeedsAProductInBetweenIsNotFusedAcrossIt() {
        HostPlan plan = HostPlan.of(parse("""
                graph "around" {
                  input %0 "x" : f32[4, 4]
                  parameter %1 "w" : f32[4, 4]
                  fwd %2 = exp(%0) : f32[4, 4]
                  fwd %3 = linear(%2, %1) : f32[4, 4]
                  fwd %4 = add(%2, %3) : f32[4, 4]
                  output "z" = %4
                }
                """));
        assertThat(plan.steps()).extracting(Step::label).containsExactly("exp", "linear", "add");
    }

    @Test
    void aRowsSumIsNotReadByItsRowsWithinItsProgram() {
        HostPlan plan = HostPlan.of(parse("""
                graph "sums" {
                  input %0 "x" : f32[4, 4]
                  fwd %1 = exp(%0) : f32[4, 4]
                  fwd %2 = reduce_sum(%1) {axes=[1], keepDims=false} : f32[4]
                  fwd %3 = mul(%1, %2) : f32[4, 4]
                  output "z" = %3
                }
                """));
        assertThat(plan.steps()).extracting(Step::label).containsExactly("exp+reduce_sum", "mul");
    }

    @Test
    void programsThatMeetBecomeOne() {
        HostPlan plan = HostPlan.of(parse("""
                graph "meeting" {
                  input %0 "x" : f32[4, 4]
                  input %1 "y" : f32[4, 4]
                  fwd %2 = exp(%0) : f32[4, 4]
                  fwd %3 = tanh(%1) : f32[4, 4]
                  fwd %4 = mul(%2, %3) : f32[4, 4]
                  output "z" = %4
                }
                """));
        assertThat(plan.steps()).extracting(Step::label).containsExactly("exp+tanh+mul");
        assertThat(plan.arena().bytes()).isZero();
    }

    @Test
    void aRowsSumIsNotReadByItsRowsInAProgramThatTookItsOwnIn() {
        HostPlan plan = HostPlan.of(parse("""
                graph "sums" {
                  input %0 "x" : f32[4, 4]
                  input %1 "y" : f32[4, 4]
                  fwd %2 = exp(%0) : f32[4, 4]
                  fwd %3 = reduce_sum(%2) {axes=[1], keepDims=false} : f32[4]
                  fwd %4 = tanh(%1) : f32[4, 4]
                  fwd %5 = mul(%4, %3) : f32[4, 4]
                  output "z" = %5
                }
                """));
        assertThat(plan.steps()).extracting(Step::label).containsExactly("exp+reduce_sum", "tanh+mul");
    }

    @Test
    void programsBetweenWhichAProductStandsStayApart() {
        HostPlan plan = HostPlan.of(parse("""
                graph "between" {
                  input %0 "x" : f32[4, 4]
                  input %1 "y" : f32[4, 4]
                  parameter %2 "w" : f32[4, 4]
                  fwd %3 = exp(%0) : f32[4, 4]
                  fwd %4 = lt(%3, %0) : bool[4, 4]
                  fwd %5 = linear(%3, %2) : f32[4, 4]
                  fwd %6 = tanh(%1) : f32[4, 4]
                  fwd %7 = select(%4, %6, %5) : f32[4, 4]
                  output "z" = %7
                }
                """));
        assertThat(plan.steps()).extracting(Step::label).containsExactly("exp+lt", "linear", "tanh+select");
    }

    @Test
    void ofProgramsThatMeetThoseThatNeedEachOtherStayApart() {
        HostPlan plan = HostPlan.of(parse("""
                graph "chain" {
                  input %0 "x" : f32[4, 4]
                  input %1 "y" : f32[4, 4]
                  parameter %2 "w" : f32[4, 4]
                  fwd %3 = exp(%0) : f32[4, 4]
                  fwd %4 = linear(%3, %2) : f32[4, 4]
                  fwd %5 = lt(%4, %0) : bool[4, 4]
                  fwd %6 = tanh(%1) : f32[4, 4]
                  fwd %7 = select(%5, %6, %3) : f32[4, 4]
                  output "z" = %7
                }
                """));
        assertThat(plan.steps()).extracting(Step::label).containsExactly("exp", "linear", "lt+tanh+select");
    }

    @Test
    void aNormOfChannelsReadsItsOperandThreeTimesAndKeepsNothingOfItsSize() {
        HostPlan plan = HostPlan.of(parse("""
                graph "norm" {
                  input %0 "x" : bf16[2, 16, 4, 4]
                  input %1 "mean" : f32[16]
                  input %2 "variance" : f32[16]
                  parameter %3 "w" : bf16[16, 16, 1, 1]
                  fwd %4 = conv(%0, %3) {stride=[1, 1], padding=[0, 0], dilation=[1, 1], groups=1} : f32[2, 16, 4, 4]
                  fwd %5 = cast(%4) {dtype=bf16} : bf16[2, 16, 4, 4]
                  fwd %6 = cast(%5) {dtype=f32} : f32[2, 16, 4, 4]
                  fwd %7, %8, %9, %10, %11 = batch_norm_training(%6, %1, %2) {momentum=0.1, epsilon=1.0E-5} : f32[2, 16, 4, 4], f32[16], f32[16], f32[16], f32[16]
                  fwd %12 = cast(%7) {dtype=bf16} : bf16[2, 16, 4, 4]
                  output "y" = %12
                }
                """));
        assertThat(plan.steps())
                .extracting(Step::label)
                .contains("cast+reduce_mean", "cast+sub+mul+reduce_mean", "cast+sub+mul+cast");
        long wide = 2 * 16 * 4 * 4 * 4;
        assertThat(plan.steps().stream().flatMap(s -> s.writes().stream()).map(Buffer::bytes))
                .allMatch(bytes -> bytes < wide);
    }

    @Test
    void whatWouldReadMoreThanItsResultIsNotComputedAgain() {
        HostPlan plan = HostPlan.of(parse("""
                graph "sum" {
                  input %0 "x" : f32[4, 16]
                  input %1 "y" : f32[4, 16]
                  parameter %2 "w" : f32[16, 16]
                  fwd %3 = add(%0, %1) : f32[4, 16]
                  fwd %4 = linear(%3, %2) : f32[4, 16]
                  fwd %5 = mul(%3, %4) : f32[4, 16]
                  output "z" = %5
                }
                """));
        assertThat(plan.steps()).extracting(Step::label).containsExactly("add", "linear", "mul");
    }

    @Test
    void whatAProductReadsIsReadByProgramsTooAndNotComputedAgainFromMore() {
        HostPlan plan = HostPlan.of(parse("""
                graph "residual" {
                  input %0 "x" : f32[4, 16]
                  parameter %1 "w" : bf16[16, 16]
                  fwd %2 = layer_norm(%0) {epsilon=1.0E-5} : f32[4, 16]
                  fwd %3 = cast(%2) {dtype=bf16} : bf16[4, 16]
                  fwd %4 = linear(%3, %1) : f32[4, 16]
                  fwd %5 = cast(%3) {dtype=f32} : f32[4, 16]
                  fwd %6 = add(%4, %5) : f32[4, 16]
                  output "z" = %6
                }
                """));
        assertThat(plan.steps()).extracting(Step::label).containsExactly("layer_norm+cast", "linear", "cast+add");
        assertThat(plan.steps().getFirst().writes()).extracting(Buffer::bytes).containsExactly(4 * 16 * 2L);
    }

    @Test
    void aStateIsNotReadAgainAfterItMayHaveBeenReplaced() {
        HostPlan plan = HostPlan.of(parse("""
                graph "state" {
                  state %0 "s" : f32[4, 16]
                  parameter %1 "w" : f32[16, 16]
                  fwd %2 = neg(%0) : f32[4, 16]
                  fwd %3 = linear(%2, %1) : f32[4, 16]
                  fwd %4 = mul(%2, %3) : f32[4, 16]
                  output "s" = %4 replaces "s"
                }
                """));
        assertThat(plan.steps()).extracting(Step::label).startsWith("neg", "linear", "mul");
    }

    @Test
    void whatDependsOnWeightsAloneIsDoneAtLoad() {
        HostPlan plan = HostPlan.of(parse("""
                graph "loading" {
                  input %0 "x" : f32[4, 8]
                  parameter %1 "w" : bf16[8]
                  fwd %2 = cast(%1) {dtype=f32} : f32[8]
                  fwd %3 = mul(%0, %2) : f32[4, 8]
                  output "z" = %3
                }
                """));
        assertThat(plan.steps()).extracting(Step::loading).containsExactly(true, false);
    }

    @Test
    void aRoundingMovesInFrontOfLayoutAndIntoTheProduct() {
        HostPlan plan = HostPlan.of(parse("""
                graph "rounding" {
                  input %0 "x" : f32[2, 3, 4]
                  parameter %1 "w" : f32[4, 4]
                  fwd %2 = linear(%0, %1) : f32[2, 3, 4]
                  fwd %3 = reshape(%2) {shape=[2, 3, 2, 2]} : f32[2, 3, 2, 2]
                  fwd %4 = transpose(%3) {permutation=[0, 2, 1, 3]} : f32[2, 2, 3, 2]
                  fwd %5 = cast(%4) {dtype=bf16} : bf16[2, 2, 3, 2]
                  fwd %6, %7 = attention(%5, %5, %5) {causal=false, window=0, scale=1.0, scores=f32, ring=false} : f32[2, 2, 3, 2], f32[2, 2, 3]
                  output "z" = %6
                }
                """));
        assertThat(plan.steps()).extracting(Step::label).containsExactly("linear+cast", "attention", "output z");
    }

    @Test
    void anActivationThatProductsDoNotComputeIsAStepOfItsOwn() {
        HostPlan plan = HostPlan.of(parse("""
                graph "activation" {
                  input %0 "x" : f32[3, 4]
                  parameter %1 "w" : f32[4, 4]
                  fwd %2 = linear(%0, %1) {activation=softplus} : f32[3, 4]
                  output "z" = %2
                }
                """));
        assertThat(plan.steps()).extracting(Step::label).containsExactly("linear", "softplus");
    }

    @Test
    void stepsThatNeedNothingOfEachOtherShareAPhaseAndNoMemory() {
        HostPlan plan = HostPlan.of(parse("""
                graph "siblings" {
                  input %0 "x" : f32[3, 4]
                  parameter %1 "q" : f32[4, 4]
                  parameter %2 "k" : f32[8, 4]
                  fwd %3 = linear(%0, %1) : f32[3, 4]
                  fwd %4 = exp(%3) : f32[3, 4]
                  fwd %5 = linear(%0, %2) : f32[3, 8]
                  fwd %6 = exp(%5) : f32[3, 8]
                  fwd %7 = concat([%4, %6]) {axis=1} : f32[3, 12]
                  output "z" = %7
                }
                """));
        assertThat(plan.phases().stream().map(p -> p.stream().map(Step::label).toList()))
                .startsWith(List.of("linear", "linear"), List.of("exp", "exp"));
        List<Buffer> made = plan.phases().getFirst().stream()
                .flatMap(s -> s.writes().stream())
                .toList();
        long first = plan.arena().offset(made.get(0));
        long second = plan.arena().offset(made.get(1));
        assertThat(first + made.get(0).bytes() <= second || second + made.get(1).bytes() <= first)
                .isTrue();
    }

    @Test
    void aCacheIsWrittenBeforeItIsReadAndAfterNobodyNeedsTheOld() {
        HostPlan plan =
                HostPlan.of(HostRuns.compile(DType.BF16, new SmallDecoder(1, 16, 2, 1, 32, 16).graph("decode", 1, 1, 8))
                        .entries()
                        .getFirst()
                        .graph());
        List<List<String>> phases = plan.phases().stream()
                .filter(p -> !p.getFirst().loading())
                .map(p -> p.stream().map(s -> s.label().replaceAll(" @.*", "")).toList())
                .toList();
        assertThat(phases)
                .containsSubsequence(
                        List.of("linear", "linear", "linear+cast"),
                        List.of("rope+cast", "rope+cast+cache_write", "cache_write"),
                        List.of("attention+cast"));
    }

    private static Graph parse(String text) {
        return GraphText.parse(text);
    }
}
