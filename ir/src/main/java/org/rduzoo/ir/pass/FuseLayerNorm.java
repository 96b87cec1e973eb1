package org.rduzoo.ir.pass;

import java.util.Optional;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Elementwise.Binary;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Normalization.LayerNorm;
import org.rduzoo.ir.Pass;
import org.rduzoo.ir.Value;

/// Joins a layer norm written by hand, in any order of its factors and summands, with or without weight and bias. The
/// variance is the mean of squared deviations; the root divides, or its reciprocal multiplies.
///
/// Before: `%1 = reduce_mean(%0); %2 = sub(%0, %1); %3 = mul(%2, %2); %4 = reduce_mean(%3); %5 = add(%4, 1e-5);
/// %6 = rsqrt(%5); %7 = mul(%2, %6); %8 = mul(%7, %w); %9 = add(%8, %b)`
///
/// After: `%1 = layer_norm(%0, weight=%w, bias=%b) {epsilon=1e-5}`
public record FuseLayerNorm() implements Pass {

    @Override
    public String name() {
        return "fuse-layer-norm";
    }

    @Override
    public Graph run(Graph graph) {
        return Fusion.run(
                graph,
                (root, uses) -> root.op() instanceof Binary
                        ? norm(root.result(), uses).map(Fusion.Match::of)
                        : Optional.empty());
    }

    private static Optional<LayerNorm> norm(Value v, Uses uses) {
        return plain(v, uses).or(() -> weighted(v, uses)).or(() -> biased(v, uses));
    }

    private static Optional<LayerNorm> plain(Value v, Uses uses) {
        if (uses.op(v) instanceof LayerNorm norm) {
            return Optional.of(norm);
        }
        return Terms.normalized(v, uses)
                .filter(n -> Terms.rowMean(n.variance(), uses)
                        .flatMap(s -> Terms.square(s, uses))
                        .filter(n.a()::equals)
                        .isPresent())
                .flatMap(
                        n -> centered(n.a(), uses)
                                .map(x -> new LayerNorm(x, Optional.empty(), Optional.empty(), n.epsilon()))
                                .stream())
                .findFirst();
    }

    /// The `x` of `x − mean(x)`.
    private static Optional<Value> centered(Value v, Uses uses) {
        return uses.op(v) instanceof Binary(BinaryFn fn, Value x, Value mean)
                        && fn == BinaryFn.SUB
                        && x.dtype() == DType.F32
                        && Terms.rowMean(mean, uses).filter(x::equals).isPresent()
                ? Optional.of(x)
                : Optional.empty();
    }

    private static Optional<LayerNorm> weighted(Value v, Uses uses) {
        return Terms.either(v, BinaryFn.MUL, uses)
                .flatMap(p -> plain(p.a(), uses)
                        .filter(n -> n.weight().isEmpty() && n.bias().isEmpty() && isRow(p.b(), n.x()))
                        .map(n -> new LayerNorm(n.x(), Optional.of(p.b()), Optional.empty(), n.epsilon()))
                        .stream())
                .findFirst();
    }

    private static Optional<LayerNorm> biased(Value v, Uses uses) {
        return Terms.either(v, BinaryFn.ADD, uses)
                .flatMap(p -> plain(p.a(), uses)
                        .or(() -> weighted(p.a(), uses))
                        .filter(n -> n.bias().isEmpty() && isRow(p.b(), n.x()))
                        .map(n -> new LayerNorm(n.x(), n.weight(), Optional.of(p.b()), n.epsilon()))
                        .stream())
                .findFirst();
    }

    /// Whether `v` has a number for each place of a row of `x`.
    static boolean isRow(Value v, Value x) {
        return v.type().rank() == 1 && v.type().dim(0) == x.type().dim(-1);
    }
}
