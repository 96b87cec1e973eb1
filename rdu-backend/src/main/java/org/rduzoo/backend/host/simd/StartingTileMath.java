package org.rduzoo.backend.host.simd;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.rduzoo.backend.host.kernel.TileMath;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.CompareFn;
import org.rduzoo.ir.UnaryFn;

/// [TileMath] by vectors as soon as their loops are compiled, and until then without: the bits are the same.
final class StartingTileMath implements TileMath {

    private static final TileMath LANES = new LaneTileMath();

    private static final Map<UnaryFn, Loop> UNARY =
            loops(UnaryFn.class, fn -> new Loop((a, b, _, n) -> Vectors.MATH.unary(fn, a, b, n)));
    private static final Map<BinaryFn, Loop> BINARY =
            loops(BinaryFn.class, fn -> new Loop((a, b, c, n) -> Vectors.MATH.binary(fn, a, b, c, n)));
    private static final Map<CompareFn, Loop> COMPARE =
            loops(CompareFn.class, fn -> new Loop((a, b, c, n) -> Vectors.MATH.compare(fn, a, b, c, n)));
    private static final Loop SELECT = new Loop((a, b, c, n) -> Vectors.MATH.select(a, b, c, c, n));
    private static final Loop ROUND = new Loop((a, b, _, n) -> Vectors.MATH.round(a, b, n));
    private static final Loop TRUNCATE = new Loop((a, b, _, n) -> Vectors.MATH.truncate(a, b, n));
    private static final Loop FILL = new Loop((a, _, _, n) -> Vectors.MATH.fill(a, 1, n));
    private static final Loop COPY = new Loop((a, b, _, n) -> Vectors.MATH.copy(a, b, n));
    private static final Loop WIDEN = new Loop((a, b, _, n) -> Vectors.MATH.widen(a, b, n));
    private static final Loop NARROW = new Loop((a, b, _, n) -> Vectors.MATH.narrow(a, b, n));
    private static final Loop DROPOUT = new Loop((a, b, _, n) -> Vectors.MATH.dropout(a, b, 1, 0, 0.5f, 2, n));
    private static final Loop SUM = new Loop((a, _, _, n) -> Vectors.MATH.sum(a, n));
    private static final Loop SUM_OF_ROWS = new Loop((a, _, c, n) -> Vectors.MATH.sumOfRows(a, 4, 4, c, n));
    private static final Loop MAX = new Loop((a, _, _, n) -> Vectors.MATH.max(a, n));
    private static final Loop SUM_OF_EXP = new Loop((a, _, _, n) -> Vectors.MATH.sumOfExp(a, 1, n));
    private static final Loop LAYER_NORM = new Loop((a, b, c, n) -> Vectors.MATH.layerNorm(a, b, c, 1, c, n));
    private static final Loop RMS_NORM = new Loop((a, b, c, n) -> Vectors.MATH.rmsNorm(a, b, 1, c, n));
    private static final Loop SOFTMAX = new Loop((a, b, _, n) -> Vectors.MATH.softmax(a, b, n));
    private static final Loop TURN = new Loop((a, b, c, n) -> Vectors.MATH.turn(a, 0, b, b, c, 0, n, 2));

    /// Loaded when they are first used.
    private static final class Vectors {
        static final TileMath MATH = new VectorTileMath();
    }

    private static <F extends Enum<F>> Map<F, Loop> loops(Class<F> functions, Function<F, Loop> loop) {
        Map<F, Loop> loops = new EnumMap<>(functions);
        for (F function : functions.getEnumConstants()) {
            loops.put(function, loop.apply(function));
        }
        return loops;
    }

    private static <F> TileMath math(Map<F, Loop> loops, F function) {
        return math(Objects.requireNonNull(loops.get(function)));
    }

    private static TileMath math(Loop loop) {
        return loop.isCompiled() ? Vectors.MATH : LANES;
    }

    @Override
    public void unary(UnaryFn fn, long x, long y, int n) {
        math(UNARY, fn).unary(fn, x, y, n);
    }

    @Override
    public void binary(BinaryFn fn, long a, long b, long y, int n) {
        math(BINARY, fn).binary(fn, a, b, y, n);
    }

    @Override
    public void compare(CompareFn fn, long a, long b, long y, int n) {
        math(COMPARE, fn).compare(fn, a, b, y, n);
    }

    @Override
    public void select(long condition, long then, long otherwise, long y, int n) {
        math(SELECT).select(condition, then, otherwise, y, n);
    }

    @Override
    public void round(long x, long y, int n) {
        math(ROUND).round(x, y, n);
    }

    @Override
    public void truncate(long x, long y, int n) {
        math(TRUNCATE).truncate(x, y, n);
    }

    @Override
    public void fill(long y, float value, int n) {
        math(FILL).fill(y, value, n);
    }

    @Override
    public void copy(long x, long y, int n) {
        math(COPY).copy(x, y, n);
    }

    @Override
    public void widen(long x, long y, int n) {
        math(WIDEN).widen(x, y, n);
    }

    @Override
    public void narrow(long x, long y, int n) {
        math(NARROW).narrow(x, y, n);
    }

    @Override
    public void dropout(long x, long y, long key, int index, float probability, float scale, int n) {
        math(DROPOUT).dropout(x, y, key, index, probability, scale, n);
    }

    @Override
    public float sum(long x, int n) {
        return math(SUM).sum(x, n);
    }

    @Override
    public void sumOfRows(long x, int rows, long stride, long y, int n) {
        math(SUM_OF_ROWS).sumOfRows(x, rows, stride, y, n);
    }

    @Override
    public float max(long x, int n) {
        return math(MAX).max(x, n);
    }

    @Override
    public float sumOfExp(long x, float shift, int n) {
        return math(SUM_OF_EXP).sumOfExp(x, shift, n);
    }

    @Override
    public void layerNorm(long x, long weight, long bias, double epsilon, long y, int n) {
        math(LAYER_NORM).layerNorm(x, weight, bias, epsilon, y, n);
    }

    @Override
    public void rmsNorm(long x, long weight, double epsilon, long y, int n) {
        math(RMS_NORM).rmsNorm(x, weight, epsilon, y, n);
    }

    @Override
    public void softmax(long x, long y, int n) {
        math(SOFTMAX).softmax(x, y, n);
    }

    @Override
    public void turn(long x, long xStride, long cos, long sin, long y, long yStride, int pairs, int rows) {
        math(TURN).turn(x, xStride, cos, sin, y, yStride, pairs, rows);
    }
}
