package org.rduzoo.backend.host.kernel;

import org.rduzoo.backend.host.kernel.AttentionSpec.Heads;

/// What [org.rduzoo.ir.Gradient.AttentionGradient] computes, on memory.
///
/// @param forward the attention, with its results where it left them
/// @param gradient as the attention's output
/// @param byQ `f32`, as the queries
/// @param byK `f32`, as the keys
/// @param byV `f32`, as the values
public record AttentionGradientSpec(AttentionSpec forward, Heads gradient, Heads byQ, Heads byK, Heads byV) {

    public AttentionGradientSpec {
        AttentionSpec a = forward;
        if (a.logSumExp().isEmpty()) {
            throw new IllegalArgumentException("the gradient of an attention needs its log-sum-exp");
        }
        gradient.require(a.batch(), a.queryHeads(), a.queries(), a.valueSize());
        byQ.require(a.batch(), a.queryHeads(), a.queries(), a.headSize());
        byK.require(a.batch(), a.keyHeads(), a.keys(), a.headSize());
        byV.require(a.batch(), a.keyHeads(), a.keys(), a.valueSize());
    }
}
