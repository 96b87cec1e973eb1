package org.rduzoo.ir.pass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.rduzoo.ir.pass.Checks.graph;
import static org.rduzoo.ir.pass.Checks.leaves;
import static org.rduzoo.ir.pass.Checks.rewrites;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Layout.Constant;

final class FoldConstantsTest {

    private final FoldConstants pass = new FoldConstants();

    @Test
    void whatDependsOnConstantsAloneIsComputed() {
        rewrites(pass, """
                input %0 "x" : f32[3]
                fwd %1 = constant() {value=f32[3](1.0, 4.0, 9.0)} : f32[3]
                fwd %2 = sqrt(%1) : f32[3]
                fwd %3 = neg(%2) : f32[3]
                fwd %4 = mul(%0, %3) : f32[3]
                output "y" = %4
                """, """
                input %0 "x" : f32[3]
                fwd %1 = constant() {value=f32[3](-1.0, -2.0, -3.0)} : f32[3]
                fwd %2 = mul(%0, %1) : f32[3]
                output "y" = %2
                """);
    }

    @Test
    void aConstantWithOneNumberEverywhereBecomesAScalarThatStretches() {
        rewrites(pass, """
                input %0 "x" : f32[2, 3]
                fwd %1 = constant() {value=f32[2, 3](4.0)} : f32[2, 3]
                fwd %2 = sqrt(%1) : f32[2, 3]
                fwd %3 = add(%0, %2) : f32[2, 3]
                output "y" = %3
                """, """
                input %0 "x" : f32[2, 3]
                fwd %1 = constant() {value=f32[](2.0)} : f32[]
                fwd %2 = add(%0, %1) : f32[2, 3]
                output "y" = %2
                """);
    }

    @Test
    void foldedNumbersAreOfTheirType() {
        Graph folded = pass.run(graph("""
                fwd %0 = constant() {value=f32[](2.0)} : f32[]
                fwd %1 = sqrt(%0) : f32[]
                output "y" = %1
                """));

        assertThat(folded.nodes())
                .singleElement()
                .satisfies(n -> assertThat(((Constant) n.op()).value().data()).containsExactly((float) Math.sqrt(2)));
    }

    @Test
    void largeResultsAreLeftToTheRun() {
        leaves(pass, """
                fwd %0 = constant() {value=i64[1024, 1](1)} : i64[1024, 1]
                fwd %1 = constant() {value=i64[1, 1024](1)} : i64[1, 1024]
                fwd %2 = lt(%0, %1) : bool[1024, 1024]
                output "y" = %2
                """);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "add(%0, %1)",
                "add(%1, %0)",
                "sub(%0, %1)",
                "mul(%0, %2)",
                "mul(%2, %0)",
                "div(%0, %2)",
                "pow(%0, %2)",
                "max(%0, %0)",
                "select(%3, %0, %4)",
                "select(%3, %0, %0)",
                "cast(%0) {dtype=f32}",
                "reshape(%0) {shape=[2, 3]}",
                "broadcast(%0) {shape=[2, 3]}",
                "transpose(%0) {permutation=[0, 1]}",
                "slice(%0) {axis=1, start=0, length=3}",
                "concat([%0]) {axis=0}"
            })
    void whatChangesNothingIsLeftOut(String identity) {
        rewrites(pass, """
                input %%0 "x" : f32[2, 3]
                fwd %%1 = constant() {value=f32[](0.0)} : f32[]
                fwd %%2 = constant() {value=f32[3](1.0)} : f32[3]
                fwd %%3 = constant() {value=bool[](1)} : bool[]
                fwd %%4 = exp(%%0) : f32[2, 3]
                fwd %%5 = %s : f32[2, 3]
                fwd %%6 = abs(%%5) : f32[2, 3]
                output "y" = %%6
                """.formatted(identity), """
                input %0 "x" : f32[2, 3]
                fwd %1 = abs(%0) : f32[2, 3]
                output "y" = %1
                """);
    }

    @Test
    void movesOfMovesAreOneMove() {
        rewrites(pass, """
                input %0 "x" : f32[2, 3, 4]
                fwd %1 = reshape(%0) {shape=[6, 4]} : f32[6, 4]
                fwd %2 = reshape(%1) {shape=[4, 6]} : f32[4, 6]
                fwd %3 = transpose(%0) {permutation=[1, 2, 0]} : f32[3, 4, 2]
                fwd %4 = transpose(%3) {permutation=[2, 1, 0]} : f32[2, 4, 3]
                fwd %5 = transpose(%3) {permutation=[2, 0, 1]} : f32[2, 3, 4]
                fwd %6 = slice(%0) {axis=2, start=1, length=3} : f32[2, 3, 3]
                fwd %7 = slice(%6) {axis=2, start=1, length=2} : f32[2, 3, 2]
                fwd %8 = exp(%5) : f32[2, 3, 4]
                output "a" = %2
                output "b" = %4
                output "c" = %8
                output "d" = %7
                """, """
                input %0 "x" : f32[2, 3, 4]
                fwd %1 = reshape(%0) {shape=[4, 6]} : f32[4, 6]
                fwd %2 = transpose(%0) {permutation=[0, 2, 1]} : f32[2, 4, 3]
                fwd %3 = slice(%0) {axis=2, start=2, length=2} : f32[2, 3, 2]
                fwd %4 = exp(%0) : f32[2, 3, 4]
                output "a" = %1
                output "b" = %2
                output "c" = %4
                output "d" = %3
                """);
    }

    @Test
    void aCastThatRoundsStaysAndOneThatUndoesAWideningGoes() {
        rewrites(pass, """
                input %0 "x" : f32[4]
                parameter %1 "w" : bf16[4]
                fwd %2 = cast(%0) {dtype=bf16} : bf16[4]
                fwd %3 = cast(%2) {dtype=f32} : f32[4]
                fwd %4 = cast(%1) {dtype=f32} : f32[4]
                fwd %5 = cast(%4) {dtype=bf16} : bf16[4]
                fwd %6 = concat([%5, %2]) {axis=0} : bf16[8]
                output "y" = %3
                output "z" = %6
                """, """
                input %0 "x" : f32[4]
                parameter %1 "w" : bf16[4]
                fwd %2 = cast(%0) {dtype=bf16} : bf16[4]
                fwd %3 = cast(%2) {dtype=f32} : f32[4]
                fwd %4 = concat([%1, %2]) {axis=0} : bf16[8]
                output "y" = %3
                output "z" = %4
                """);
    }

    @Test
    void operandsOfElementwiseOperationsNeedNoStretching() {
        rewrites(pass, """
                input %0 "x" : f32[2, 4, 3]
                parameter %1 "b" : f32[3]
                fwd %2 = reshape(%1) {shape=[1, 1, 3]} : f32[1, 1, 3]
                fwd %3 = broadcast(%2) {shape=[2, 4, 3]} : f32[2, 4, 3]
                fwd %4 = add(%0, %3) : f32[2, 4, 3]
                fwd %5 = add(%3, %3) : f32[2, 4, 3]
                output "y" = %4
                output "z" = %5
                """, """
                input %0 "x" : f32[2, 4, 3]
                parameter %1 "b" : f32[3]
                fwd %2 = broadcast(%1) {shape=[2, 4, 3]} : f32[2, 4, 3]
                fwd %3 = add(%0, %1) : f32[2, 4, 3]
                fwd %4 = add(%2, %2) : f32[2, 4, 3]
                output "y" = %3
                output "z" = %4
                """);
    }

    @Test
    void powersQuotientsAndNegationsHaveOneForm() {
        rewrites(pass, """
                input %0 "x" : f32[3]
                fwd %1 = abs(%0) : f32[3]
                fwd %2 = constant() {value=f32[](2.0)} : f32[]
                fwd %3 = constant() {value=f32[](0.5)} : f32[]
                fwd %4 = constant() {value=f32[](1.0)} : f32[]
                fwd %5 = pow(%1, %2) : f32[3]
                fwd %6 = pow(%1, %3) : f32[3]
                fwd %7 = div(%4, %1) : f32[3]
                fwd %8 = neg(%0) : f32[3]
                fwd %9 = add(%8, %1) : f32[3]
                output "a" = %5
                output "b" = %6
                output "c" = %7
                output "d" = %9
                """, """
                input %0 "x" : f32[3]
                fwd %1 = abs(%0) : f32[3]
                fwd %2 = mul(%1, %1) : f32[3]
                fwd %3 = sqrt(%1) : f32[3]
                fwd %4 = reciprocal(%1) : f32[3]
                fwd %5 = sub(%1, %0) : f32[3]
                output "a" = %2
                output "b" = %3
                output "c" = %4
                output "d" = %5
                """);
    }
}
