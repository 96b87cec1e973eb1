package org.rduzoo.ir;

import static org.rduzoo.ir.IllTyped.unless;

import java.util.List;
import java.util.Optional;

/// Gradients that hardware knows as one thing. Those of all other operations are written as graph.
///
/// `gradient` is that of the loss by the operation's result; the results are those by its operands, in `f32`.
public sealed interface Gradient extends Op {

    /// The gradients by `q`, `k` and `v` of a [Product.Attention] with the same operands and attributes, computed from
    /// its results; the softmax is computed again rather than kept.
    ///
    /// With `P = exp(scale · q · kᵀ − logSum)` where a query sees a key and 0 elsewhere, `D` the sum of each row of
    /// `gradient · out`, and `S = P · (R · gradient · vᵀ − D)`: `scale · S · k`, `scale · Sᵀ · q` and
    /// `(R · P)ᵀ · gradient`. `R` is 1, or what the dropout multiplies with: 0, or one over one minus the probability.
    /// `P` and `S` are rounded to the element type of the operands before a product.
    ///
    /// - C1: `q`, `k`, `v`, `out` and `gradient` have the same element type, and all is as in [Product.Attention].
    /// - C2: `out` and `gradient` are as the attention's first result, `logSum` is its second.
    record AttentionGradient(
            Value q,
            Value k,
            Value v,
            Value out,
            Value logSum,
            Value gradient,
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
            Optional<Long> layer)
            implements Gradient {

        /// The gradients of `of`, from its results.
        public static AttentionGradient of(Product.Attention of, Value out, Value logSum, Value gradient) {
            return new AttentionGradient(
                    of.q(),
                    of.k(),
                    of.v(),
                    out,
                    logSum,
                    gradient,
                    of.start(),
                    of.valid(),
                    of.segments(),
                    of.keyMask(),
                    of.seed(),
                    of.probability(),
                    of.causal(),
                    of.window(),
                    of.scale(),
                    of.scores(),
                    of.layer());
        }

        /// The operation that this is the gradient of.
        public Product.Attention forward() {
            return new Product.Attention(
                    q,
                    k,
                    v,
                    start,
                    valid,
                    segments,
                    keyMask,
                    seed,
                    probability,
                    causal,
                    window,
                    scale,
                    scores,
                    false,
                    layer);
        }

        @Override
        public List<Type> infer() {
            List<Type> results = forward().infer();
            unless(
                    out.dtype() == q.dtype() && gradient.dtype() == q.dtype(),
                    this,
                    "C1",
                    "q, k, v, out and gradient have the same element type");
            unless(
                    out.shape().equals(results.get(0).shape())
                            && gradient.shape().equals(out.shape())
                            && logSum.type().equals(results.get(1)),
                    this,
                    "C2",
                    "out and gradient are as the attention's first result, logSum is its second");
            return List.of(
                    q.type().withDType(DType.F32),
                    k.type().withDType(DType.F32),
                    v.type().withDType(DType.F32));
        }
    }

    /// `f32[.., C], i64[..] -> f32[rows, C]`: the gradient by the table of a [Lookup.Embedding]. Each row is the sum of
    /// the gradients of those that took it, but the row `padding` is 0. An id outside the table is an error of the run.
    ///
    /// - C1: the gradient is `f32`, the ids `i64`; the gradient's shape is that of the ids and a row.
    /// - C2: `rows` is not negative.
    record EmbeddingGradient(Value gradient, Value ids, int rows, Optional<Long> padding) implements Gradient {
        @Override
        public List<Type> infer() {
            int rank = gradient.type().rank();
            unless(
                    gradient.dtype() == DType.F32
                            && ids.dtype() == DType.I64
                            && rank > 0
                            && gradient.shape().slice(0, rank - 1).equals(ids.shape()),
                    this,
                    "C1",
                    "the gradient is f32, the ids i64, and the gradient has a row for each id");
            unless(rows >= 0, this, "C2", "rows is not negative");
            return List.of(Type.of(DType.F32, rows, gradient.type().dim(-1)));
        }
    }

    /// `f32[.., V], i64[..], f32[..], f32[..] -> f32[.., V]`: the gradient by the logits of a
    /// [Reduction.CrossEntropy], `gradient · (softmax(logits) − t)`, where `logSum` is its second result. A row whose
    /// target is ignored is 0.
    ///
    /// - C1: logits and targets are as in [Reduction.CrossEntropy]; `logSum` and `gradient` are as its results.
    record CrossEntropyGradient(
            Value logits, Value targets, Value logSum, Value gradient, long ignoreIndex, double labelSmoothing)
            implements Gradient {
        @Override
        public List<Type> infer() {
            Type row = new Reduction.CrossEntropy(logits, targets, ignoreIndex, labelSmoothing)
                    .infer()
                    .getFirst();
            unless(
                    logSum.type().equals(row) && gradient.type().equals(row),
                    this,
                    "C1",
                    "logSum and gradient have a number for each target");
            return List.of(logits.type());
        }
    }

    /// `[.., C] -> [.., C], [C], [C]`: the gradients of a [Normalization.LayerNorm] by `x`, the weight and the bias.
    ///
    /// - C1: all operands are `f32`, the gradient as `x`.
    /// - C2: the weight is `[C]`.
    record LayerNormGradient(Value x, Optional<Value> weight, Value gradient, double epsilon) implements Gradient {
        @Override
        public List<Type> infer() {
            Type row = requireRows(this, x, weight, gradient);
            return List.of(x.type(), row, row);
        }
    }

    /// `[.., C] -> [.., C], [C]`: the gradients of a [Normalization.RmsNorm] by `x` and the weight.
    ///
    /// - C1: all operands are `f32`, the gradient as `x`.
    /// - C2: the weight is `[C]`.
    record RmsNormGradient(Value x, Optional<Value> weight, Value gradient, double epsilon) implements Gradient {
        @Override
        public List<Type> infer() {
            return List.of(x.type(), requireRows(this, x, weight, gradient));
        }
    }

    private static Type requireRows(Op op, Value x, Optional<Value> weight, Value gradient) {
        unless(
                x.dtype() == DType.F32
                        && x.type().rank() > 0
                        && gradient.type().equals(x.type())
                        && weight.stream().allMatch(w -> w.dtype() == DType.F32),
                op,
                "C1",
                "all operands are f32, the gradient as x");
        Type row = Type.of(DType.F32, x.type().dim(-1));
        unless(weight.stream().allMatch(w -> w.type().equals(row)), op, "C2", "the weight is as long as a row");
        return row;
    }
}
