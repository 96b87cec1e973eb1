package org.rduzoo.ir.pass;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.ChannelNorm.BatchNorm;
import org.rduzoo.ir.Convolution.Conv;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Elementwise.Binary;
import org.rduzoo.ir.Elementwise.Unary;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Layout.Constant;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Pass;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.ir.Value;

/// Joins a convolution with the batch norm of inference, which becomes its scale and bias, and with an activation.
///
/// Before: `%1 = conv(%x, %w); %2 = batch_norm(%1, weight=%g, bias=%b, %m, %v) {epsilon=e}; %3 = relu(%2)`
///
/// After: `%s = mul(rsqrt(add(%v, e)), %g); %t = add(mul(neg(%m), %s), %b); %3 = conv(%x, %w, scale=%s, bias=%t)
/// {activation=relu}`
public record FuseConvolution() implements Pass {

    @Override
    public String name() {
        return "fuse-convolution";
    }

    @Override
    public Graph run(Graph graph) {
        return Fusion.run(graph, FuseConvolution::match);
    }

    /// @param norm what follows the convolution
    /// @param activation what follows that
    private record Parts(Conv conv, Optional<BatchNorm> norm, Optional<UnaryFn> activation) {

        Fusion.Match match() {
            List<Value> leaves = new ArrayList<>(Ops.operands(conv));
            norm.ifPresent(n ->
                    leaves.addAll(Ops.operands(n).subList(1, Ops.operands(n).size())));
            return new Fusion.Match(leaves, this::build);
        }

        private Conv build(UnaryOperator<Value> map, Fusion.Emitter emit) {
            Optional<Value> scale = conv.scale().map(map);
            Optional<Value> bias = conv.bias().map(map);
            if (norm.isPresent()) {
                BatchNorm n = norm.get();
                Value epsilon = emit.emit(new Constant(Dense.scalar(DType.F32, n.epsilon())));
                Value steady = emit.emit(new Binary(BinaryFn.ADD, map.apply(n.variance()), epsilon));
                Value root = emit.emit(new Unary(UnaryFn.RSQRT, steady));
                Value factor = n.weight()
                        .map(w -> emit.emit(new Binary(BinaryFn.MUL, root, map.apply(w))))
                        .orElse(root);
                Value mean = map.apply(n.mean());
                Value off = bias.map(b -> emit.emit(new Binary(BinaryFn.SUB, b, mean)))
                        .orElseGet(() -> emit.emit(new Unary(UnaryFn.NEG, mean)));
                Value shift = emit.emit(new Binary(BinaryFn.MUL, off, factor));
                bias = Optional.of(n.bias()
                        .map(b -> emit.emit(new Binary(BinaryFn.ADD, shift, map.apply(b))))
                        .orElse(shift));
                scale = Optional.of(scale.map(s -> emit.emit(new Binary(BinaryFn.MUL, s, factor)))
                        .orElse(factor));
            }
            return new Conv(
                    map.apply(conv.x()),
                    map.apply(conv.weight()),
                    scale,
                    bias,
                    activation,
                    conv.stride(),
                    conv.padding(),
                    conv.dilation(),
                    conv.groups());
        }
    }

    private static Optional<Fusion.Match> match(Node root, Uses uses) {
        return switch (root.op()) {
            case Unary(UnaryFn fn, Value x)
            when isActivation(fn) -> normed(x, uses).map(p -> new Parts(p.conv, p.norm, Optional.of(fn)).match());
            case BatchNorm _ -> normed(root.result(), uses).map(Parts::match);
            default -> Optional.empty();
        };
    }

    private static Optional<Parts> normed(Value v, Uses uses) {
        return uses.op(v) instanceof BatchNorm n
                ? conv(n.x(), uses).map(c -> new Parts(c, Optional.of(n), Optional.empty()))
                : conv(v, uses).map(c -> new Parts(c, Optional.empty(), Optional.empty()));
    }

    private static Optional<Conv> conv(Value v, Uses uses) {
        return uses.op(v) instanceof Conv c && c.activation().isEmpty() ? Optional.of(c) : Optional.empty();
    }

    private static boolean isActivation(UnaryFn fn) {
        return switch (fn) {
            case RELU, GELU, GELU_TANH, SILU, SIGMOID, TANH -> true;
            case SOFTPLUS, NEG, ABS, EXP, LOG, SQRT, RSQRT, RECIPROCAL, ERF -> false;
        };
    }
}
