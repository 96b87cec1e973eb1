package org.rduzoo.ir.pass;

import java.util.List;
import java.util.Optional;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Elementwise.Binary;
import org.rduzoo.ir.Elementwise.Cast;
import org.rduzoo.ir.Elementwise.Unary;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Layout.Constant;
import org.rduzoo.ir.Layout.Reshape;
import org.rduzoo.ir.Layout.Slice;
import org.rduzoo.ir.Layout.Transpose;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Pass;
import org.rduzoo.ir.Product.Linear;
import org.rduzoo.ir.Product.MatMul;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.ir.Value;

/// Joins a product with a transposed weight, the addition of a bias, and an activation.
///
/// Before: `%3 = transpose(%w) {permutation=[1, 0]}; %4 = mat_mul(%x, %3); %5 = add(%4, %b); %6 = gelu(%5)`
///
/// After: `%3 = linear(%x, %w, bias=%b, activation=gelu)`
public record FuseLinear() implements Pass {

    private static final int MAX_STEPS = 8;

    @Override
    public String name() {
        return "fuse-linear";
    }

    /// @param source the weight, a row an output, before `dtype` rounds it
    private record Parts(Value x, Value source, DType dtype, Optional<Value> bias, Optional<UnaryFn> activation) {

        Parts withBias(Value b) {
            return new Parts(x, source, dtype, Optional.of(b), activation);
        }

        Parts withActivation(UnaryFn fn) {
            return new Parts(x, source, dtype, bias, Optional.of(fn));
        }

        int outputs() {
            return source.type().dim(0);
        }

        Fusion.Match match() {
            List<Value> leaves = bias.map(b -> List.of(x, source, b)).orElse(List.of(x, source));
            return new Fusion.Match(leaves, (map, emit) -> {
                Value mapped = map.apply(source);
                Value weight = source.dtype() == dtype ? mapped : emit.emit(new Cast(mapped, dtype));
                return new Linear(map.apply(x), weight, bias.map(map), activation);
            });
        }
    }

    @Override
    public Graph run(Graph graph) {
        return Fusion.run(graph, FuseLinear::match);
    }

    private static Optional<Fusion.Match> match(Node root, Uses uses) {
        return root.op() instanceof Linear
                ? Optional.empty()
                : activated(root.result(), uses).map(Parts::match);
    }

    private static Optional<Parts> activated(Value v, Uses uses) {
        return uses.op(v) instanceof Unary(UnaryFn fn, Value x) && isActivation(fn)
                ? biased(x, uses).filter(p -> p.activation.isEmpty()).map(p -> p.withActivation(fn))
                : biased(v, uses);
    }

    private static Optional<Parts> biased(Value v, Uses uses) {
        return uses.op(v) instanceof Binary
                ? Terms.either(v, BinaryFn.ADD, uses)
                        .filter(p -> p.b().type().rank() == 1)
                        .flatMap(p -> product(p.a(), uses)
                                .filter(l -> l.bias.isEmpty()
                                        && l.activation.isEmpty()
                                        && p.b().type().dim(0) == l.outputs())
                                .map(l -> l.withBias(p.b()))
                                .stream())
                        .findFirst()
                : product(v, uses);
    }

    private static Optional<Parts> product(Value v, Uses uses) {
        return switch (uses.op(v)) {
            case Linear(Value x, Value w, var bias, var activation) ->
                Optional.of(new Parts(x, w, w.dtype(), bias, activation));
            case MatMul(Value x, Value columns) -> {
                Value source = uses.op(columns) instanceof Cast(Value s, var _) ? s : columns;
                yield uses.op(source) instanceof Transpose(Value rows, List<Integer> p)
                                && p.equals(List.of(1, 0))
                                && isWeight(rows, uses)
                        ? Optional.of(new Parts(x, rows, columns.dtype(), Optional.empty(), Optional.empty()))
                        : Optional.empty();
            }
            case null, default -> Optional.empty();
        };
    }

    /// Whether `v` is a parameter or constant, or one rounded, cut or reshaped: the same in each run.
    private static boolean isWeight(Value v, Uses uses) {
        for (int i = 0; i < MAX_STEPS; i++) {
            Op op = uses.op(v);
            if (op == null || op instanceof Constant) {
                return op != null || uses.isParameter(v);
            }
            switch (op) {
                case Cast(Value x, var _) -> v = x;
                case Slice(Value x, var _, var _, var _) -> v = x;
                case Reshape(Value x, var _) -> v = x;
                default -> {
                    return false;
                }
            }
        }
        return false;
    }

    private static boolean isActivation(UnaryFn fn) {
        return switch (fn) {
            case RELU, GELU, GELU_TANH, SILU, SIGMOID, TANH, SOFTPLUS -> true;
            case NEG, ABS, EXP, LOG, SQRT, RSQRT, RECIPROCAL, ERF -> false;
        };
    }
}
