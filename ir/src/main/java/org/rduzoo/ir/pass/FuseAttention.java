package org.rduzoo.ir.pass;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Elementwise.Binary;
import org.rduzoo.ir.Elementwise.Cast;
import org.rduzoo.ir.Elementwise.Select;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Layout.Transpose;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Pass;
import org.rduzoo.ir.Product.Attention;
import org.rduzoo.ir.Product.MatMul;
import org.rduzoo.ir.Reduction.Softmax;
import org.rduzoo.ir.Value;

/// Joins attention written by hand: `softmax(q · kᵀ · scale + mask) · v`, with `[B, H, T, D]` operands. The scale may
/// come before or after the first product, as product or quotient; a causal mask and a mask of the keys may be added
/// constants or selections ([AttentionMask]).
///
/// Before: `%3 = transpose(%k) {permutation=[0, 1, 3, 2]}; %4 = mat_mul(%q, %3); %5 = mul(%4, 0.125);
/// %6 = softmax(%5) {axis=3}; %7 = mat_mul(%6, %v)`
///
/// After: `%3, %4 = attention(%q, %k, %v) {scale=0.125}`
///
/// In bf16 the operands of both products are rounded, and so is the softmax: that is what [Attention] means, and the
/// pattern takes no other rounding. A scale before a rounding stays there, unless it is a power of two and the order
/// does not matter.
public record FuseAttention() implements Pass {

    /// A scale and two masks, with room for one more.
    private static final int MAX_STEPS = 4;

    private static final List<Integer> KEYS_LAST = List.of(0, 1, 3, 2);

    @Override
    public String name() {
        return "fuse-attention";
    }

    @Override
    public Graph run(Graph graph) {
        return Fusion.run(graph, FuseAttention::match);
    }

    private static Optional<Fusion.Match> match(Node root, Uses uses) {
        if (!(root.op() instanceof MatMul(Value weights, Value v))) {
            return Optional.empty();
        }
        Value probabilities = uses.op(weights) instanceof Cast(Value x, DType d) && d == DType.BF16 ? x : weights;
        if (!(uses.op(probabilities) instanceof Softmax(Value scores, int axis))
                || axis != 3
                || scores.dtype() != DType.F32
                || scores.type().rank() != 4) {
            return Optional.empty();
        }
        return Scores.read(scores, uses).filter(s -> s.fits(v)).map(s -> s.attention(v));
    }

    /// What stands before the softmax.
    ///
    /// @param scale the product of all that multiplies the scores
    private record Scores(Factor q, Factor keys, double scale, AttentionMask mask) {

        /// Peels scales and masks off `v`, the outermost first, down to the product.
        static Optional<Scores> read(Value v, Uses uses) {
            double scale = 1;
            AttentionMask mask = AttentionMask.none(v.shape());
            Value product = v;
            for (int i = 0; i < MAX_STEPS && !(uses.op(product) instanceof MatMul); i++) {
                Optional<Terms.Scaled> scaled = Terms.scaled(product, uses).filter(s -> s.factor() > 0);
                if (scaled.isPresent()) {
                    scale *= scaled.get().factor();
                    product = scaled.get().x();
                    continue;
                }
                Optional<AttentionMask.Masked> step = switch (uses.op(product)) {
                    case Binary(BinaryFn fn, var _, var _) when fn == BinaryFn.ADD -> mask.added(product, scale, uses);
                    case Select select -> mask.selected(select, scale, uses);
                    case null, default -> Optional.empty();
                };
                if (step.isEmpty()) {
                    return Optional.empty();
                }
                mask = step.get().mask();
                product = step.get().scores();
            }
            if (!(uses.op(product) instanceof MatMul(Value q, Value keys))
                    || !product.shape().equals(v.shape())
                    || q.type().rank() != 4
                    || keys.type().rank() != 4
                    || q.type().dim(0) != keys.type().dim(0)
                    || !isShared(q.type().dim(1), keys.type().dim(1))) {
                return Optional.empty();
            }
            Factor query = Factor.of(q, uses);
            return Optional.of(new Scores(query, Factor.keys(keys, uses), scale * query.scale, mask));
        }

        /// Whether these values have a row for each key, and as many heads.
        boolean fits(Value v) {
            return v.type().rank() == 4
                    && v.type().dim(0) == keys.value.type().dim(0)
                    && v.type().dim(1) == keys.heads();
        }

        Fusion.Match attention(Value v) {
            List<Value> leaves = new ArrayList<>(List.of(q.source, keys.source, v));
            leaves.addAll(mask.leaves());
            return new Fusion.Match(
                    leaves,
                    (map, emit) -> new Attention(
                            q.emit(map, emit),
                            keys.emit(map, emit),
                            map.apply(v),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            mask.keyMask(map, emit),
                            mask.causal(),
                            0,
                            scale,
                            DType.F32));
        }

        private static boolean isShared(int queryHeads, int keyHeads) {
            return queryHeads == keyHeads || keyHeads == 1;
        }
    }

    /// A factor of the first product, as made from `source`: transposed, rounded, and with `scale` left out.
    private record Factor(Value value, Value source, List<Integer> permutation, double scale) {

        static Factor of(Value q, Uses uses) {
            Value exact = uses.op(q) instanceof Cast(Value x, DType d) && d == DType.BF16 ? x : q;
            return Terms.scaled(exact, uses)
                    .filter(s -> s.factor() > 0
                            && s.x().type().equals(exact.type())
                            && (exact.equals(q) || isPowerOfTwo(s.factor())))
                    .map(s -> new Factor(q, s.x(), identity(), s.factor()))
                    .orElse(new Factor(q, q, identity(), 1));
        }

        /// The keys, which stand in the product as `[B, H, D, S]`.
        static Factor keys(Value columns, Uses uses) {
            Value exact = uses.op(columns) instanceof Cast(Value x, var _) ? x : columns;
            return uses.op(exact) instanceof Transpose(Value source, List<Integer> p)
                    ? new Factor(columns, source, KEYS_LAST.stream().map(p::get).toList(), 1)
                    : new Factor(columns, columns, KEYS_LAST, 1);
        }

        int heads() {
            return value.type().dim(1);
        }

        Value emit(UnaryOperator<Value> map, Fusion.Emitter emit) {
            Value mapped = map.apply(source);
            Value turned = permutation.equals(identity()) ? mapped : emit.emit(new Transpose(mapped, permutation));
            return turned.dtype() == value.dtype() ? turned : emit.emit(new Cast(turned, value.dtype()));
        }

        private static List<Integer> identity() {
            return IntStream.range(0, 4).boxed().toList();
        }

        private static boolean isPowerOfTwo(double factor) {
            return Math.scalb(1.0, Math.getExponent(factor)) == factor && Math.abs(Math.getExponent(factor)) < 32;
        }
    }
}
