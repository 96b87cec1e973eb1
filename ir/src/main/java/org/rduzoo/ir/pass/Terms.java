package org.rduzoo.ir.pass;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.Elementwise.Binary;
import org.rduzoo.ir.Elementwise.Unary;
import org.rduzoo.ir.Layout.Broadcast;
import org.rduzoo.ir.Layout.Reshape;
import org.rduzoo.ir.ReduceFn;
import org.rduzoo.ir.Reduction.Reduce;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.ir.Value;

/// What patterns have in common: expressions read whichever way round they are written.
final class Terms {

    /// `x · factor`
    record Scaled(Value x, double factor) {}

    /// `x + number`
    record Shifted(Value x, double number) {}

    /// The operands of a commutative operation, in one of both orders.
    record Pair(Value a, Value b) {}

    private Terms() {}

    /// The number that `v` is everywhere.
    static OptionalDouble number(Value v, Uses uses) {
        return switch (uses.op(v)) {
            case Broadcast(Value x, var _) -> number(x, uses);
            case Reshape(Value x, var _) -> number(x, uses);
            case null -> OptionalDouble.empty();
            default -> Identities.uniform(uses.op(v));
        };
    }

    /// The operands of `v` both ways round, if it is `fn` of two values; nothing otherwise.
    static Stream<Pair> either(Value v, BinaryFn fn, Uses uses) {
        return uses.op(v) instanceof Binary(BinaryFn found, Value a, Value b) && found == fn
                ? Stream.of(new Pair(a, b), new Pair(b, a))
                : Stream.empty();
    }

    /// Reads `x · c`, `c · x`, `x / c`.
    static Optional<Scaled> scaled(Value v, Uses uses) {
        if (uses.op(v) instanceof Binary(BinaryFn fn, Value x, Value c) && fn == BinaryFn.DIV) {
            OptionalDouble number = number(c, uses);
            return number.isPresent() ? Optional.of(new Scaled(x, 1 / number.getAsDouble())) : Optional.empty();
        }
        return either(v, BinaryFn.MUL, uses)
                .filter(p -> number(p.b, uses).isPresent())
                .map(p -> new Scaled(p.a, number(p.b, uses).getAsDouble()))
                .findFirst();
    }

    /// Reads `x + c`, `c + x`.
    static Optional<Shifted> shifted(Value v, Uses uses) {
        return either(v, BinaryFn.ADD, uses)
                .filter(p -> number(p.b, uses).isPresent())
                .map(p -> new Shifted(p.a, number(p.b, uses).getAsDouble()))
                .findFirst();
    }

    /// The operand of `fn`, if `v` is that.
    static Optional<Value> argument(Value v, UnaryFn fn, Uses uses) {
        return uses.op(v) instanceof Unary(UnaryFn found, Value x) && found == fn ? Optional.of(x) : Optional.empty();
    }

    /// What `v` is the square of.
    static Optional<Value> square(Value v, Uses uses) {
        return either(v, BinaryFn.MUL, uses)
                .filter(p -> p.a.equals(p.b))
                .map(Pair::a)
                .findFirst();
    }

    /// What `v` is the mean of along the last dimension, which stays as 1: by a mean, or by a sum and a quotient.
    static Optional<Value> rowMean(Value v, Uses uses) {
        if (uses.op(v) instanceof Reshape(Value flat, var _)) {
            return rowReduction(flat, ReduceFn.MEAN, uses)
                    .filter(x -> x.shape().withDim(-1, 1).equals(v.shape()));
        }
        Optional<Value> mean = rowReduction(v, ReduceFn.MEAN, uses);
        Optional<Value> bySum = scaled(v, uses)
                .flatMap(s -> rowReduction(s.x, ReduceFn.SUM, uses)
                        .filter(x -> isNear(s.factor * x.type().dim(-1), 1)));
        return mean.or(() -> bySum).filter(x -> x.shape().withDim(-1, 1).equals(v.shape()));
    }

    private static Optional<Value> rowReduction(Value v, ReduceFn fn, Uses uses) {
        return uses.op(v) instanceof Reduce(ReduceFn found, Value x, List<Integer> axes, var _)
                        && found == fn
                        && axes.equals(List.of(x.type().rank() - 1))
                ? Optional.of(x)
                : Optional.empty();
    }

    /// The `x` and epsilon of `a / √(variance + epsilon)`: by a quotient, or by a product with the reciprocal root.
    record Normalized(Value a, Value variance, double epsilon) {}

    static Stream<Normalized> normalized(Value v, Uses uses) {
        Stream<Pair> quotient = uses.op(v) instanceof Binary(BinaryFn fn, Value a, Value root) && fn == BinaryFn.DIV
                ? argument(root, UnaryFn.SQRT, uses).map(x -> new Pair(a, x)).stream()
                : Stream.empty();
        Stream<Pair> product = either(v, BinaryFn.MUL, uses)
                .flatMap(p -> reciprocalRoot(p.b, uses).map(x -> new Pair(p.a, x)).stream());
        return Stream.concat(quotient, product)
                .flatMap(p -> shifted(p.b, uses).map(s -> new Normalized(p.a, s.x, s.number)).stream());
    }

    private static Optional<Value> reciprocalRoot(Value v, Uses uses) {
        return argument(v, UnaryFn.RSQRT, uses)
                .or(() -> argument(v, UnaryFn.RECIPROCAL, uses).flatMap(r -> argument(r, UnaryFn.SQRT, uses)));
    }

    /// Whether `a` is `b` but for the rounding of constants to f32.
    static boolean isNear(double a, double b) {
        return Math.abs(a - b) <= 1e-5 * Math.abs(b);
    }
}
