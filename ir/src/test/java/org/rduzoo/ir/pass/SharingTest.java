package org.rduzoo.ir.pass;

import static org.rduzoo.ir.pass.Checks.leaves;
import static org.rduzoo.ir.pass.Checks.rewrites;

import org.junit.jupiter.api.Test;

final class SharingTest {

    @Test
    void aThingSaidTwiceIsComputedOnce() {
        rewrites(new CommonSubexpressions(), """
                input %0 "x" : f32[3]
                fwd %1 = constant() {value=f32[](2.0)} : f32[]
                fwd %2 = mul(%0, %1) : f32[3]
                fwd %3 = constant() {value=f32[](2.0)} : f32[]
                fwd %4 = mul(%0, %3) : f32[3]
                fwd %5 = exp(%2) : f32[3]
                fwd %6 = exp(%4) : f32[3]
                fwd %7 = add(%5, %6) : f32[3]
                output "y" = %7
                output "z" = %6
                """, """
                input %0 "x" : f32[3]
                fwd %1 = constant() {value=f32[](2.0)} : f32[]
                fwd %2 = mul(%0, %1) : f32[3]
                fwd %3 = exp(%2) : f32[3]
                fwd %4 = add(%3, %3) : f32[3]
                output "y" = %4
                output "z" = %3
                """);
    }

    @Test
    void operationsWithSeveralResultsAreSharedWhole() {
        rewrites(new CommonSubexpressions(), """
                input %0 "logits" : f32[2, 3]
                input %1 "labels" : i64[2]
                fwd %2, %3 = cross_entropy(%0, %1) {ignoreIndex=-100, labelSmoothing=0.0} : f32[2], f32[2]
                fwd %4, %5 = cross_entropy(%0, %1) {ignoreIndex=-100, labelSmoothing=0.0} : f32[2], f32[2]
                fwd %6, %7 = cross_entropy(%0, %1) {ignoreIndex=0, labelSmoothing=0.0} : f32[2], f32[2]
                output "a" = %4
                output "b" = %5
                output "c" = %6
                """, """
                input %0 "logits" : f32[2, 3]
                input %1 "labels" : i64[2]
                fwd %2, %3 = cross_entropy(%0, %1) {ignoreIndex=-100, labelSmoothing=0.0} : f32[2], f32[2]
                fwd %4, %5 = cross_entropy(%0, %1) {ignoreIndex=0, labelSmoothing=0.0} : f32[2], f32[2]
                output "a" = %2
                output "b" = %3
                output "c" = %4
                """);
    }

    @Test
    void partsOfAStepShareNothing() {
        leaves(new CommonSubexpressions(), """
                input %0 "x" : f32[3]
                fwd %1 = exp(%0) : f32[3]
                bckwd %2 = exp(%0) : f32[3]
                bckwd %3 = add(%1, %2) : f32[3]
                output "y" = %3
                """);
    }

    @Test
    void whatReachesNoOutputIsLeftOutAndInputsStay() {
        rewrites(new DeadCode(), """
                input %0 "x" : f32[3]
                input %1 "unused" : f32[3]
                fwd %2 = exp(%0) : f32[3]
                fwd %3 = abs(%2) : f32[3]
                fwd %4 = neg(%0) : f32[3]
                output "y" = %4
                """, """
                input %0 "x" : f32[3]
                input %1 "unused" : f32[3]
                fwd %2 = neg(%0) : f32[3]
                output "y" = %2
                """);
    }
}
