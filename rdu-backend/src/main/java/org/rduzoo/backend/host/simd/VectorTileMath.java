package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.kernel.RawMemory.ALL;
import static org.rduzoo.backend.host.simd.Lanes.COUNT;
import static org.rduzoo.backend.host.simd.Lanes.FLOATS;
import static org.rduzoo.backend.host.simd.Lanes.ORDER;

import jdk.incubator.vector.FloatVector;
import org.rduzoo.backend.host.kernel.RawMemory;
import org.rduzoo.backend.host.kernel.TileMath;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.CompareFn;
import org.rduzoo.ir.UnaryFn;

/// [TileMath] by vectors. Every loop is a small static method of its own, so that it is compiled by itself and its
/// vectors stay in registers.
final class VectorTileMath implements TileMath {

    private static final Outlined EXP = function("exp");
    private static final Outlined LOG = function("log");
    private static final Outlined TANH = function("tanh");
    private static final Outlined SIGMOID = function("sigmoid");
    private static final Outlined SILU = function("silu");
    private static final Outlined GELU_TANH = function("geluTanh");
    private static final Outlined SOFTPLUS = function("softplus");
    private static final Outlined HALF_ERFC = function("halfErfc");
    private static final Outlined ERF = function("erfGivenHalfErfc");
    private static final Outlined NORMAL_TAIL = function("normalTail");
    private static final Outlined GELU = function("geluGivenTail");
    private static final Outlined ROUND = function("round");
    private static final Outlined WIDEN = function("widen");
    private static final Outlined NARROW = function("narrow");
    private static final Outlined SUM_OF_EXP =
            Outlined.of(FunctionLoops.class, "sumOfExp", float.class, long.class, float.class, int.class);
    private static final Outlined EXP_OF_ROW =
            Outlined.of(FunctionLoops.class, "expOfRow", float.class, long.class, float.class, long.class, int.class);

    private static Outlined function(String name) {
        return Outlined.of(FunctionLoops.class, name, void.class, long.class, long.class, int.class);
    }

    @Override
    public void unary(UnaryFn fn, long x, long y, int n) {
        switch (fn) {
            case NEG -> Loops.neg(x, y, n);
            case ABS -> Loops.abs(x, y, n);
            case EXP -> EXP.run(x, y, n);
            case LOG -> LOG.run(x, y, n);
            case SQRT -> Loops.sqrt(x, y, n);
            case RSQRT -> Loops.rsqrt(x, y, n);
            case RECIPROCAL -> Loops.reciprocal(x, y, n);
            case TANH -> TANH.run(x, y, n);
            case ERF -> {
                HALF_ERFC.run(x, y, n);
                ERF.run(x, y, n);
            }
            case SIGMOID -> SIGMOID.run(x, y, n);
            case RELU -> Loops.relu(x, y, n);
            case GELU -> {
                NORMAL_TAIL.run(x, y, n);
                GELU.run(x, y, n);
            }
            case GELU_TANH -> GELU_TANH.run(x, y, n);
            case SILU -> SILU.run(x, y, n);
            case SOFTPLUS -> SOFTPLUS.run(x, y, n);
        }
    }

    @Override
    public void binary(BinaryFn fn, long a, long b, long y, int n) {
        switch (fn) {
            case ADD -> Loops.add(a, b, y, n);
            case SUB -> Loops.sub(a, b, y, n);
            case MUL -> Loops.mul(a, b, y, n);
            case DIV -> Loops.div(a, b, y, n);
            case MAX -> Loops.max(a, b, y, n);
            case MIN -> Loops.min(a, b, y, n);
            case POW -> Loops.pow(a, b, y, n);
        }
    }

    @Override
    public void compare(CompareFn fn, long a, long b, long y, int n) {
        switch (fn) {
            case EQ -> Loops.equal(a, b, y, n);
            case NE -> Loops.notEqual(a, b, y, n);
            case LT -> Loops.less(a, b, y, n);
            case LE -> Loops.atMost(a, b, y, n);
        }
    }

    @Override
    public void select(long condition, long then, long otherwise, long y, int n) {
        Loops.select(condition, then, otherwise, y, n);
    }

    @Override
    public void round(long x, long y, int n) {
        ROUND.run(x, y, n);
    }

    @Override
    public void truncate(long x, long y, int n) {
        Loops.truncate(x, y, n);
    }

    @Override
    public void fill(long y, float value, int n) {
        FloatVector v = FloatVector.broadcast(FLOATS, value);
        int whole = Lanes.whole(n);
        for (int i = 0; i < whole; i += COUNT) {
            v.intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
        for (int i = whole; i < n; i++) {
            RawMemory.f32(y + 4L * i, value);
        }
    }

    @Override
    public void copy(long x, long y, int n) {
        int whole = Lanes.whole(n);
        for (int i = 0; i < whole; i += COUNT) {
            FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER).intoMemorySegment(ALL, y + 4L * i, ORDER);
        }
        for (int i = whole; i < n; i++) {
            RawMemory.f32(y + 4L * i, RawMemory.f32(x + 4L * i));
        }
    }

    @Override
    public void widen(long x, long y, int n) {
        WIDEN.run(x, y, n);
    }

    @Override
    public void narrow(long x, long y, int n) {
        NARROW.run(x, y, n);
    }

    @Override
    public float sum(long x, int n) {
        return Rows.sum(x, n);
    }

    @Override
    public void sumOfRows(long x, int rows, long stride, long y, int n) {
        Rows.sumOfRows(x, rows, stride, y, n);
    }

    @Override
    public float max(long x, int n) {
        return Rows.max(x, n);
    }

    @Override
    public float sumOfExp(long x, float shift, int n) {
        return SUM_OF_EXP.run(x, shift, n);
    }

    @Override
    public void dropout(long x, long y, long key, int index, float probability, float scale, int n) {
        Dropping.run(x, y, key, index, probability, scale, n);
    }

    @Override
    public void layerNorm(long x, long weight, long bias, double epsilon, long y, int n) {
        double mean = Rows.sum(x, n) / (double) n;
        float about = (float) mean;
        // About a mean that is off by its rounding, the sums tell by how much, and the variance without it.
        double off = Rows.sumOfDeviations(x, about, n) / (double) n;
        double variance = Rows.sumOfSquares(x, about, n) / (double) n - off * off;
        double scale = 1 / Math.sqrt(Math.max(variance, 0) + epsilon);
        if (weight != 0 && bias != 0) {
            Rows.scale(x, about, (float) off, (float) scale, weight, bias, y, n);
            return;
        }
        Rows.scale(x, about, (float) off, (float) scale, y, n);
        if (weight != 0) {
            Rows.mul(y, weight, n);
        }
        if (bias != 0) {
            Rows.add(y, bias, n);
        }
    }

    @Override
    public void rmsNorm(long x, long weight, double epsilon, long y, int n) {
        double scale = 1 / Math.sqrt(Rows.sumOfSquares(x, 0, n) / (double) n + epsilon);
        if (weight == 0) {
            Rows.scale(x, 0, 0, (float) scale, y, n);
        } else {
            Rows.scale(x, (float) scale, weight, y, n);
        }
    }

    @Override
    public void softmax(long x, long y, int n) {
        float max = Rows.max(x, n);
        float sum = EXP_OF_ROW.run(x, max, y, n);
        Rows.scale(y, 0, 0, 1 / sum, y, n);
    }

    @Override
    public void turn(long x, long xStride, long cos, long sin, long y, long yStride, int pairs, int rows) {
        for (int r = 0; r < rows; r++) {
            Rows.turn(x + r * xStride, cos, sin, y + r * yStride, pairs);
        }
    }
}
