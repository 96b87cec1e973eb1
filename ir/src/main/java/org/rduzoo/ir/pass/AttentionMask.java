package org.rduzoo.ir.pass;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.DoublePredicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.CompareFn;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Elementwise.Compare;
import org.rduzoo.ir.Elementwise.Select;
import org.rduzoo.ir.Layout.Constant;
import org.rduzoo.ir.Layout.Reshape;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.Value;

/// The masks of an attention written by hand, in the words of the operation: causal, and which keys count.
///
/// A constant is a mask if it adds 0 where a query may see a key, and elsewhere a number that no score outweighs
/// ([#HIDDEN] or less). It is taken if each query sees a key; where one sees none, the softmax is NaN or uniform by
/// hand but zeros in the operation. A mask that only a run knows is taken if it and all others hide by −∞, where a
/// query that sees no key has no result worth keeping.
///
/// @param shape of the scores, `[B, H, T, S]`
/// @param keys which keys count, by constants: an entry for each row and key
/// @param keyValue which keys count, by a value `i64[B, S]`
/// @param finite whether a mask hides by a finite number
/// @param leaves where a pattern with these masks ends
record AttentionMask(
        Shape shape,
        boolean causal,
        Optional<Dense> keys,
        Optional<Value> keyValue,
        boolean finite,
        List<Value> leaves) {

    private static final double HIDDEN = -1e4;

    /// Scores without their outermost mask, and that mask with those met before.
    record Masked(Value scores, AttentionMask mask) {}

    static AttentionMask none(Shape scores) {
        return new AttentionMask(scores, false, Optional.empty(), Optional.empty(), false, List.of());
    }

    /// Reads `scores + constant`.
    ///
    /// @param scale what multiplies the sum
    Optional<Masked> added(Value sum, double scale, Uses uses) {
        return Terms.either(sum, BinaryFn.ADD, uses)
                .flatMap(p -> uses.op(p.b()) instanceof Constant(Dense c) && isMask(c, scale)
                        ? withConstant(c, x -> x == 0, isFinite(c)).map(m -> new Masked(p.a(), m)).stream()
                        : Stream.empty())
                .findFirst();
    }

    /// Reads a selection between scores and a number, by a constant or by a comparison of keys' entries with 0.
    Optional<Masked> selected(Select select, double scale, Uses uses) {
        OptionalDouble otherwise = Terms.number(select.otherwise(), uses);
        boolean shown = otherwise.isPresent();
        OptionalDouble hidden = shown ? otherwise : Terms.number(select.then(), uses);
        if (hidden.isEmpty() || hidden.getAsDouble() * scale > HIDDEN) {
            return Optional.empty();
        }
        Value scores = shown ? select.then() : select.otherwise();
        Optional<AttentionMask> mask = uses.op(select.condition()) instanceof Constant(Dense c)
                ? withConstant(c, x -> (x != 0) == shown, !Double.isInfinite(hidden.getAsDouble()))
                : Double.isInfinite(hidden.getAsDouble())
                        ? withComparison(select.condition(), shown, uses)
                        : Optional.empty();
        return mask.map(m -> new Masked(scores, m));
    }

    Optional<Value> keyMask(UnaryOperator<Value> map, Fusion.Emitter emit) {
        return keyValue.map(map).or(() -> keys.map(k -> emit.emit(new Constant(k))));
    }

    private static boolean isMask(Dense c, double scale) {
        for (double x : c.data()) {
            if (x != 0 && !(x * scale <= HIDDEN)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isFinite(Dense c) {
        return Arrays.stream(c.data()).anyMatch(x -> x != 0 && !Double.isInfinite(x));
    }

    private Optional<AttentionMask> withConstant(Dense c, DoublePredicate visible, boolean hidesFinitely) {
        boolean anyFinite = finite || hidesFinitely;
        if (!c.shape().broadcastsTo(shape) || (anyFinite && keyValue.isPresent())) {
            return Optional.empty();
        }
        if (isCausal(c, visible)) {
            return Optional.of(new AttentionMask(shape, true, keys, keyValue, anyFinite, leaves))
                    .filter(AttentionMask::shows);
        }
        return keys.isEmpty() && keyValue.isEmpty()
                ? byKey(c, visible)
                        .map(k -> new AttentionMask(shape, causal, Optional.of(k), keyValue, anyFinite, leaves))
                        .filter(AttentionMask::shows)
                : Optional.empty();
    }

    /// Whether query `i` sees the keys up to its own place, `S − T + i`.
    private boolean isCausal(Dense c, DoublePredicate visible) {
        int queries = shape.dim(-2);
        int slots = shape.dim(-1);
        if (queries > slots
                || c.data().length != (long) queries * slots
                || c.shape().dim(-1) != slots) {
            return false;
        }
        for (int i = 0; i < queries; i++) {
            for (int j = 0; j < slots; j++) {
                if (visible.test(c.data()[i * slots + j]) != j <= slots - queries + i) {
                    return false;
                }
            }
        }
        return c.type().rank() >= 2 && c.shape().dim(-2) == queries;
    }

    /// Which keys count, if that differs by row of the batch alone.
    private Optional<Dense> byKey(Dense c, DoublePredicate visible) {
        int rows = shape.dim(0);
        int slots = shape.dim(-1);
        boolean perRow = c.type().rank() == 4 && c.type().dim(0) == rows && c.data().length == (long) rows * slots;
        if (c.type().rank() == 0 || c.type().dim(-1) != slots || !(perRow || c.data().length == slots)) {
            return Optional.empty();
        }
        Dense mask = Dense.zeros(Type.of(DType.I64, rows, slots));
        for (int i = 0; i < mask.data().length; i++) {
            mask.data()[i] = visible.test(c.data()[i % c.data().length]) ? 1 : 0;
        }
        return Optional.of(mask);
    }

    /// Whether each query sees a key, as far as constants tell.
    private boolean shows() {
        if (keys.isEmpty()) {
            return true;
        }
        int slots = shape.dim(-1);
        int reach = causal ? slots - shape.dim(-2) + 1 : slots;
        double[] entries = keys.get().data();
        for (int row = 0; row < shape.dim(0); row++) {
            boolean any = false;
            for (int j = 0; j < reach; j++) {
                any |= entries[row * slots + j] != 0;
            }
            if (!any) {
                return false;
            }
        }
        return true;
    }

    private Optional<AttentionMask> withComparison(Value condition, boolean shown, Uses uses) {
        Shape wanted = Shape.of(shape.dim(0), 1, 1, shape.dim(-1));
        if (finite
                || keys.isPresent()
                || keyValue.isPresent()
                || !condition.shape().equals(wanted)) {
            return Optional.empty();
        }
        Op op = uses.op(unshaped(condition, uses));
        if (!(op instanceof Compare(CompareFn fn, Value entries, Value zero))
                || fn != (shown ? CompareFn.NE : CompareFn.EQ)
                || !Terms.number(zero, uses).equals(OptionalDouble.of(0))) {
            return Optional.empty();
        }
        Value source = unshaped(entries, uses);
        List<Value> ends = new ArrayList<>(leaves);
        ends.add(condition);
        return source.type().equals(Type.of(DType.I64, shape.dim(0), shape.dim(-1)))
                ? Optional.of(new AttentionMask(shape, causal, keys, Optional.of(source), false, ends))
                : Optional.empty();
    }

    private static Value unshaped(Value v, Uses uses) {
        return uses.op(v) instanceof Reshape(Value x, var _) ? x : v;
    }
}
