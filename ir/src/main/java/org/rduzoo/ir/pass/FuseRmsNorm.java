package org.rduzoo.ir.pass;

import java.util.Optional;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Elementwise.Binary;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Normalization.RmsNorm;
import org.rduzoo.ir.Pass;
import org.rduzoo.ir.Value;

/// Joins a norm by the root mean square written by hand, in any order of its factors, with or without weight.
///
/// Before: `%1 = mul(%0, %0); %2 = reduce_mean(%1); %3 = add(%2, 1e-6); %4 = rsqrt(%3); %5 = mul(%0, %4);
/// %6 = mul(%w, %5)`
///
/// After: `%1 = rms_norm(%0, weight=%w) {epsilon=1e-6}`
public record FuseRmsNorm() implements Pass {

    @Override
    public String name() {
        return "fuse-rms-norm";
    }

    @Override
    public Graph run(Graph graph) {
        return Fusion.run(
                graph,
                (root, uses) -> root.op() instanceof Binary
                        ? plain(root.result(), uses)
                                .or(() -> weighted(root.result(), uses))
                                .map(Fusion.Match::of)
                        : Optional.empty());
    }

    private static Optional<RmsNorm> plain(Value v, Uses uses) {
        if (uses.op(v) instanceof RmsNorm norm) {
            return Optional.of(norm);
        }
        return Terms.normalized(v, uses)
                .filter(n -> n.a().dtype() == DType.F32
                        && Terms.rowMean(n.variance(), uses)
                                .flatMap(s -> Terms.square(s, uses))
                                .filter(n.a()::equals)
                                .isPresent())
                .map(n -> new RmsNorm(n.a(), Optional.empty(), n.epsilon()))
                .findFirst();
    }

    private static Optional<RmsNorm> weighted(Value v, Uses uses) {
        return Terms.either(v, BinaryFn.MUL, uses)
                .flatMap(p -> plain(p.a(), uses)
                        .filter(n -> n.weight().isEmpty() && FuseLayerNorm.isRow(p.b(), n.x()))
                        .map(n -> new RmsNorm(n.x(), Optional.of(p.b()), n.epsilon()))
                        .stream())
                .findFirst();
    }
}
