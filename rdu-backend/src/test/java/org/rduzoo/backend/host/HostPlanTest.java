package org.rduzoo.backend.host;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
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
                  fwd %6, %7 = attention(%5, %5, %5) {causal=false, window=0, scale=1.0, scores=f32} : f32[2, 2, 3, 2], f32[2, 2, 3]
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

    private static Graph parse(String text) {
        return GraphText.parse(text);
    }
}
