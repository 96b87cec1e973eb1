package org.rduzoo.ir.pass;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Elementwise;
import org.rduzoo.ir.Elementwise.Binary;
import org.rduzoo.ir.Elementwise.Cast;
import org.rduzoo.ir.Elementwise.Select;
import org.rduzoo.ir.Elementwise.Unary;
import org.rduzoo.ir.Layout.Broadcast;
import org.rduzoo.ir.Layout.Concat;
import org.rduzoo.ir.Layout.Constant;
import org.rduzoo.ir.Layout.Reshape;
import org.rduzoo.ir.Layout.Slice;
import org.rduzoo.ir.Layout.Transpose;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.ir.Value;

/// Equations between operations: which yield a value that is there already, and which can be written with less.
///
/// @param made the operation that yields a value, null for an input
record Identities(Function<Value, @Nullable Op> made) {

    /// The value that `op` yields, if it is there already.
    Optional<Value> same(Op op) {
        Value same = switch (op) {
            case Binary(BinaryFn fn, Value a, Value b) when (fn == BinaryFn.ADD || fn == BinaryFn.SUB) && is(b, 0) -> a;
            case Binary(BinaryFn fn, Value a, Value b) when fn == BinaryFn.ADD && is(a, 0) -> b;
            case Binary(BinaryFn fn, Value a, Value b)
            when (fn == BinaryFn.MUL || fn == BinaryFn.DIV || fn == BinaryFn.POW) && is(b, 1) -> a;
            case Binary(BinaryFn fn, Value a, Value b) when fn == BinaryFn.MUL && is(a, 1) -> b;
            case Binary(BinaryFn fn, Value a, Value b)
            when (fn == BinaryFn.MAX || fn == BinaryFn.MIN) && a.equals(b) -> a;
            case Unary(UnaryFn fn, Value x) when fn == UnaryFn.NEG -> negated(x).orElse(null);
            case Select(Value c, Value a, Value b) when a.equals(b) || is(c, 1) -> a;
            case Select(Value c, var _, Value b) when is(c, 0) -> b;
            case Cast(Value x, DType d) when x.dtype() == d -> x;
            case Cast(Value x, DType d)
            when op(x) instanceof Cast(Value y, DType via) && isExact(y.dtype(), via) && y.dtype() == d -> y;
            case Reshape(Value x, var _) -> x;
            case Broadcast(Value x, var _) -> x;
            case Slice(Value x, var _, var _, var _) -> x;
            case Transpose(Value x, List<Integer> p) when isIdentity(p) -> x;
            case Concat(List<Value> parts, var _) when parts.size() == 1 -> parts.getFirst();
            default -> null;
        };
        return Optional.ofNullable(same).filter(v -> List.of(v.type()).equals(op.infer()));
    }

    /// An operation of the same meaning on values closer to the inputs, or `op` itself.
    Op simplest(Op op) {
        Op better = better(op);
        while (!better.equals(op)) {
            op = better;
            better = better(op);
        }
        return op;
    }

    private Op better(Op op) {
        return switch (op) {
            case Reshape(Value x, var shape) when op(x) instanceof Reshape(Value y, var _) -> new Reshape(y, shape);
            case Broadcast(Value x, var shape) -> new Broadcast(unstretched(x), shape);
            case Transpose(Value x, List<Integer> p)
            when op(x) instanceof Transpose(Value y, List<Integer> inner) ->
                new Transpose(y, p.stream().map(inner::get).toList());
            case Slice(Value x, int axis, int start, int length)
            when op(x) instanceof Slice(Value y, int inner, int skipped, var _) && inner == axis ->
                new Slice(y, axis, start + skipped, length);
            case Cast(Value x, DType d)
            when op(x) instanceof Cast(Value y, DType via) && isExact(y.dtype(), via) -> new Cast(y, d);
            case Binary b -> withoutStretching(arithmetic(b));
            case Elementwise e -> withoutStretching(e);
            default -> op;
        };
    }

    /// Powers, quotients and negations in one form each, so that patterns need to know only that one.
    private Op arithmetic(Binary op) {
        Value a = op.lhs();
        Value b = op.rhs();
        Type type = op.infer().getFirst();
        return switch (op.fn()) {
            case POW -> type.equals(a.type()) && type.dtype().isFloat() ? power(op) : op;
            case DIV ->
                is(a, 1) && type.equals(b.type()) && type.dtype().isFloat() ? new Unary(UnaryFn.RECIPROCAL, b) : op;
            case ADD -> {
                Optional<Value> negated = negated(b);
                Optional<Value> other = negated.isPresent() ? negated : negated(a);
                yield other.<Op>map(y -> new Binary(BinaryFn.SUB, negated.isPresent() ? a : b, y))
                        .orElse(op);
            }
            case SUB, MUL, MAX, MIN -> op;
        };
    }

    private Op power(Binary op) {
        Value x = op.lhs();
        OptionalDouble exponent = uniform(op(op.rhs()));
        if (exponent.isEmpty()) {
            return op;
        }
        double e = exponent.getAsDouble();
        return e == 2
                ? new Binary(BinaryFn.MUL, x, x)
                : e == 0.5
                        ? new Unary(UnaryFn.SQRT, x)
                        : e == -0.5 ? new Unary(UnaryFn.RSQRT, x) : e == -1 ? new Unary(UnaryFn.RECIPROCAL, x) : op;
    }

    private Optional<Value> negated(Value v) {
        return op(v) instanceof Unary(UnaryFn fn, Value x) && fn == UnaryFn.NEG ? Optional.of(x) : Optional.empty();
    }

    /// Element-wise operations stretch their operands: a broadcast of one is not needed if the shape stays without.
    private Op withoutStretching(Op op) {
        for (Value v : Ops.operands(op)) {
            Value source = unstretched(v);
            if (!source.equals(v)) {
                Op shorter = Ops.mapOperands(op, o -> o.equals(v) ? source : o);
                if (shorter.infer().equals(op.infer())) {
                    return shorter;
                }
            }
        }
        return op;
    }

    private Value unstretched(Value v) {
        return switch (op(v)) {
            case Broadcast(Value x, var _) -> x;
            case Reshape(Value x, var shape) when x.shape().broadcastsTo(shape) -> x;
            case null, default -> v;
        };
    }

    private @Nullable Op op(Value v) {
        return made.apply(v);
    }

    private boolean is(Value v, double number) {
        OptionalDouble uniform = uniform(op(v));
        return uniform.isPresent() && uniform.getAsDouble() == number;
    }

    /// The number that a constant holds everywhere.
    static OptionalDouble uniform(@Nullable Op op) {
        if (op instanceof Constant(Dense c) && c.data().length > 0) {
            double first = c.data()[0];
            return Arrays.stream(c.data()).allMatch(x -> x == first)
                    ? OptionalDouble.of(first)
                    : OptionalDouble.empty();
        }
        return OptionalDouble.empty();
    }

    /// Whether each number of one element type is one of the other.
    static boolean isExact(DType from, DType to) {
        return from == to || (from == DType.BF16 && to == DType.F32);
    }

    private static boolean isIdentity(List<Integer> permutation) {
        for (int i = 0; i < permutation.size(); i++) {
            if (permutation.get(i) != i) {
                return false;
            }
        }
        return true;
    }
}
