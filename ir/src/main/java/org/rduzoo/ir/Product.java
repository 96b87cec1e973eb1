package org.rduzoo.ir;

import static org.rduzoo.ir.IllTyped.unless;

import java.util.List;
import java.util.Optional;

/// Operations made of multiply-adds. Their operands are `f32` or `bf16`, their sums and results `f32`.
public sealed interface Product extends Op {

    /// `[.., M, K] x [.., K, N] -> f32[.., M, N]`; the dimensions in front stretch as in [Elementwise.Binary].
    ///
    /// - C1: both operands have the same element type, `f32` or `bf16`.
    /// - C2: both have two dimensions or more, and the last of `lhs` equals the second to last of `rhs`.
    /// - C3: the dimensions in front broadcast.
    record MatMul(Value lhs, Value rhs) implements Product {
        @Override
        public List<Type> infer() {
            requireFactors(this, lhs, rhs);
            int l = lhs.type().rank();
            int r = rhs.type().rank();
            unless(
                    l >= 2 && r >= 2 && lhs.type().dim(-1) == rhs.type().dim(-2),
                    this,
                    "C2",
                    "the last dimension of lhs equals the second to last of rhs");
            try {
                Shape batch = lhs.shape().slice(0, l - 2).broadcast(rhs.shape().slice(0, r - 2));
                return List.of(new Type(
                        DType.F32, batch.append(lhs.type().dim(-2), rhs.type().dim(-1))));
            } catch (IllegalArgumentException _) {
                unless(false, this, "C3", "the dimensions in front broadcast");
                throw new AssertionError();
            }
        }
    }

    /// `[.., K] x [N, K] (+ [N]) -> f32[.., N]`: `activation(x · weightᵀ + bias)`. The weight lies as Hugging Face
    /// and PyTorch have it, a row an output.
    ///
    /// - C1: `x` and `weight` have the same element type, `f32` or `bf16`; the bias is `f32`.
    /// - C2: the last dimension of `x` equals the weight's second.
    /// - C3: the bias is `[N]`.
    record Linear(Value x, Value weight, Optional<Value> bias, Optional<UnaryFn> activation) implements Product {
        @Override
        public List<Type> infer() {
            requireFactors(this, x, weight);
            unless(bias.stream().allMatch(b -> b.dtype() == DType.F32), this, "C1", "the bias is f32");
            unless(
                    x.type().rank() >= 1
                            && weight.type().rank() == 2
                            && x.type().dim(-1) == weight.type().dim(1),
                    this,
                    "C2",
                    "the last dimension of x equals the weight's second");
            int n = weight.type().dim(0);
            unless(bias.stream().allMatch(b -> b.shape().equals(Shape.of(n))), this, "C3", "the bias is [N]");
            return List.of(new Type(DType.F32, x.shape().withDim(-1, n)));
        }
    }

    /// `q [B, Hq, T, D], k [B, Hkv, S, D], v [B, Hkv, S, Dv] -> f32[B, Hq, T, Dv], f32[B, Hq, T]`:
    /// `softmax(scale · q · kᵀ) · v` over the places that a query may see, and the logarithm of the softmax's sum.
    ///
    /// Query head `h` reads key head `h / (Hq / Hkv)`. Query `i` stands at position `start[b] + i`, or at
    /// `S − T + i` without `start`; key `j` stands at `j`, or, if the keys are a `ring` as [Positional.CacheWrite]
    /// leaves
    /// it, at the last position below `valid[b]` whose remainder by `S` is `j`, and nobody sees it where there is none.
    /// A
    /// query sees the keys
    ///
    /// - at or before its own position, if `causal`;
    /// - less than `window` places before it, if `window` is not 0;
    /// - below `valid[b]`, if given;
    /// - whose entry in `keyMask [B, S]` is not 0, if given;
    /// - of its own segment: `segments [B, S]` equal at both places, if given.
    ///
    /// A query that sees no key yields zeros, and −∞. Scores and softmax are `f32`, or rounded to `bf16` if `scores`
    /// is; the softmax is rounded to the element type of `v` before the second product.
    ///
    /// With a dropout, each number of the softmax is 0 with the given probability, or else divided by one minus it: of
    /// query `i` of head `h`, row `r = (b · Hq + h) · T + i`, that of key `j` where `DropoutNumbers.uniform(key, j)` is
    /// below the probability, with the `key` of the seed, the layer and `r`.
    ///
    /// - C1: `q`, `k`, `v` have the same element type, `f32` or `bf16`; `scores` is one of the two.
    /// - C2: shapes as above; `Hkv` divides `Hq`.
    /// - C3: `start [B]`, `valid [B]`, `segments [B, S]` and `keyMask [B, S]` are `i64`.
    /// - C4: `window` is not negative.
    /// - C5: a ring has `valid`, and neither `segments` nor `keyMask` nor a dropout.
    /// - C6: a dropout is a seed `i64[]`, a probability `f32[]` and a layer, all three.
    record Attention(
            Value q,
            Value k,
            Value v,
            Optional<Value> start,
            Optional<Value> valid,
            Optional<Value> segments,
            Optional<Value> keyMask,
            Optional<Value> seed,
            Optional<Value> probability,
            boolean causal,
            int window,
            double scale,
            DType scores,
            boolean ring,
            Optional<Long> layer)
            implements Product {

        /// Without a dropout.
        public Attention(
                Value q,
                Value k,
                Value v,
                Optional<Value> start,
                Optional<Value> valid,
                Optional<Value> segments,
                Optional<Value> keyMask,
                boolean causal,
                int window,
                double scale,
                DType scores,
                boolean ring) {
            this(
                    q,
                    k,
                    v,
                    start,
                    valid,
                    segments,
                    keyMask,
                    Optional.empty(),
                    Optional.empty(),
                    causal,
                    window,
                    scale,
                    scores,
                    ring,
                    Optional.empty());
        }

        /// Without a dropout, over keys that are no ring.
        public Attention(
                Value q,
                Value k,
                Value v,
                Optional<Value> start,
                Optional<Value> valid,
                Optional<Value> segments,
                Optional<Value> keyMask,
                boolean causal,
                int window,
                double scale,
                DType scores) {
            this(q, k, v, start, valid, segments, keyMask, causal, window, scale, scores, false);
        }

        /// This with a dropout.
        public Attention dropping(Value by, Value with, long at) {
            return new Attention(
                    q,
                    k,
                    v,
                    start,
                    valid,
                    segments,
                    keyMask,
                    Optional.of(by),
                    Optional.of(with),
                    causal,
                    window,
                    scale,
                    scores,
                    ring,
                    Optional.of(at));
        }

        @Override
        public List<Type> infer() {
            requireFactors(this, q, k);
            requireFactors(this, q, v);
            unless(scores == DType.F32 || scores == DType.BF16, this, "C1", "scores is f32 or bf16");
            Type tq = q.type();
            Type tk = k.type();
            Type tv = v.type();
            unless(
                    tq.rank() == 4
                            && tk.rank() == 4
                            && tv.rank() == 4
                            && tq.dim(0) == tk.dim(0)
                            && tq.dim(3) == tk.dim(3)
                            && tk.shape().slice(0, 3).equals(tv.shape().slice(0, 3))
                            && tk.dim(1) > 0
                            && tq.dim(1) % tk.dim(1) == 0,
                    this,
                    "C2",
                    "q [B, Hq, T, D], k [B, Hkv, S, D], v [B, Hkv, S, Dv], and Hkv divides Hq");
            Type rows = Type.of(DType.I64, tq.dim(0));
            Type slots = Type.of(DType.I64, tq.dim(0), tk.dim(2));
            unless(
                    start.stream().allMatch(x -> x.type().equals(rows))
                            && valid.stream().allMatch(x -> x.type().equals(rows))
                            && segments.stream().allMatch(x -> x.type().equals(slots))
                            && keyMask.stream().allMatch(x -> x.type().equals(slots)),
                    this,
                    "C3",
                    "start and valid are i64[B], segments and keyMask i64[B, S]");
            unless(window >= 0, this, "C4", "window is not negative");
            unless(
                    !ring || (valid.isPresent() && segments.isEmpty() && keyMask.isEmpty() && probability.isEmpty()),
                    this,
                    "C5",
                    "a ring has valid, and neither segments nor keyMask nor a dropout");
            unless(
                    seed.isPresent() == probability.isPresent()
                            && layer.isPresent() == probability.isPresent()
                            && seed.stream().allMatch(x -> x.type().equals(Type.of(DType.I64)))
                            && probability.stream().allMatch(x -> x.type().equals(Type.of(DType.F32))),
                    this,
                    "C6",
                    "a dropout is a seed i64[], a probability f32[] and a layer");
            return List.of(
                    new Type(DType.F32, tq.shape().withDim(3, tv.dim(3))),
                    new Type(DType.F32, tq.shape().slice(0, 3)));
        }
    }

    private static void requireFactors(Op op, Value a, Value b) {
        unless(
                a.dtype() == b.dtype() && (a.dtype() == DType.F32 || a.dtype() == DType.BF16),
                op,
                "C1",
                "the factors have the same element type, f32 or bf16");
    }
}
