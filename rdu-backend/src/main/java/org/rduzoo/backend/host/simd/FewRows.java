package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.kernel.RawMemory.ALL;
import static org.rduzoo.backend.host.simd.Lanes.COUNT;
import static org.rduzoo.backend.host.simd.Lanes.FLOATS;
import static org.rduzoo.backend.host.simd.Lanes.INTS;
import static org.rduzoo.backend.host.simd.Lanes.ORDER;
import static org.rduzoo.backend.host.simd.Lanes.even;
import static org.rduzoo.backend.host.simd.Lanes.odd;

import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import org.rduzoo.backend.host.kernel.Place;
import org.rduzoo.backend.host.kernel.RawMemory;
import org.rduzoo.backend.host.kernel.TileMath;
import org.rduzoo.backend.host.machine.HostIsa;
import org.rduzoo.ir.UnaryFn;

/// A product with a weight of `bf16` and few rows, as in a step of generation: `y = activation(x · wᵀ + bias)`, in
/// `f32`. It reads the weight once, in the order of memory, as fast as memory yields it.
///
/// Two elements of a weight's row are taken as one number of 32 bits: its upper half is the odd element, its lower half
/// the even one. So the left rows are split once into their even and their odd elements.
///
/// Each row of the weight also loads what comes a little later, and makes nothing of it: processors run ahead over
/// plain
/// loads further than over sums, and so have more of them under way.
public final class FewRows {

    /// From more rows than this on, a blocked product is faster.
    public static final int MOST = 8;

    private static final int PAIRS = 2 * COUNT;

    /// How far ahead the weight is touched, in bytes.
    private static final long AHEAD = 2048;

    /// Rows that share what is widened of the weight.
    private static final int TOGETHER = 4;

    private static final Outlined SPLIT =
            Outlined.of(FewRows.class, "split", void.class, long.class, long.class, int.class);
    private static final Outlined ONE = Outlined.of(
            FewRows.class, "one", int.class, long.class, long.class, long.class, int.class, int.class, long.class);
    private static final Outlined FOUR = Outlined.of(
            FewRows.class,
            "four",
            int.class,
            long.class,
            long.class,
            long.class,
            int.class,
            int.class,
            long.class,
            long.class);

    private final TileMath math = new StartingTileMath();
    private final int m;
    private final int n;
    private final int k;
    private final Place x;
    private final long xStride;
    private final Place weight;
    private final long weightStride;
    private final long bias;
    private final Optional<UnaryFn> activation;
    private final long split;
    private final long y;
    private final long yPitch;

    /// Whether there is a kernel for so many rows when running as `isa`.
    public static boolean isFor(HostIsa isa, int m) {
        return isa != HostIsa.JAVA && m <= MOST;
    }

    /// @param x `m` rows of `k` elements, `xStride` apart, of `bf16`
    /// @param weight `n` rows of `k` elements of `bf16`, `weightStride` apart
    /// @param bias the address of `n` numbers of `f32`; 0 for none
    /// @param scratch an address with [#scratchBytes] of room
    /// @param y where the rows of `f32` go, `yPitch` elements apart; with room for each rounded up to a tile's block
    public FewRows(
            int m,
            int n,
            int k,
            Place x,
            long xStride,
            Place weight,
            long weightStride,
            long bias,
            Optional<UnaryFn> activation,
            long scratch,
            long y,
            long yPitch) {
        this.m = m;
        this.n = n;
        this.k = k;
        this.x = x.require(new int[] {m, k}, new long[] {xStride, 1});
        this.xStride = xStride;
        this.weight = weight.require(new int[] {n, k}, new long[] {weightStride, 1});
        this.weightStride = weightStride;
        this.bias = bias;
        this.activation = activation;
        this.split = scratch;
        this.y = y;
        this.yPitch = yPitch;
    }

    /// What is needed to split `m` rows of `k` elements.
    public static long scratchBytes(int m, int k) {
        return m * pitch(k);
    }

    /// How many bytes a split row is after the one before: no power of two, for which caches have too few places.
    private static long pitch(int k) {
        return 4L * ((k + 15) & -16) + 64;
    }

    public void run() {
        int blocks = k / PAIRS;
        for (int row = 0; row < m; row++) {
            SPLIT.run(x.address() + 2L * row * xStride, split + row * pitch(k), k);
        }
        long stride = 2 * weightStride;
        int row = 0;
        for (; row + TOGETHER <= m; row += TOGETHER) {
            FOUR.run(split + row * pitch(k), weight.address(), stride, k, n, y + 4L * row * yPitch, yPitch);
        }
        for (; row < m; row++) {
            ONE.run(split + row * pitch(k), weight.address(), stride, k, n, y + 4L * row * yPitch);
        }
        for (row = 0; row < m; row++) {
            if (blocks * PAIRS < k) {
                addRest(split + row * pitch(k), y + 4L * row * yPitch);
            }
            finish(y + 4L * row * yPitch);
        }
    }

    private void finish(long line) {
        if (bias != 0) {
            Rows.add(line, bias, n);
        }
        if (activation.isPresent()) {
            math.unary(activation.get(), line, line, n);
        }
    }

    /// Brings a row of `bf16` as `f32`: of each block the even elements, then the odd ones; what is left as it is.
    static void split(long from, long to, int n) {
        int whole = n / PAIRS * PAIRS;
        for (int i = 0; i < whole; i += PAIRS) {
            IntVector pairs = IntVector.fromMemorySegment(INTS, ALL, from + 2L * i, ORDER);
            Lanes.store(even(pairs), to + 4L * i);
            Lanes.store(odd(pairs), to + 4L * i + 4L * COUNT);
        }
        for (int i = whole; i < n; i++) {
            RawMemory.f32(to + 4L * i, RawMemory.bf16(from + 2L * i));
        }
    }

    /// A row of sums: the split row at `x` times each of `n` rows of the weight, `stride` bytes apart. One after the
    /// other, because processors fetch ahead best along one line.
    ///
    /// @return nothing of use: what was touched
    static int one(long x, long weight, long stride, int k, int n, long y) {
        IntVector touched = IntVector.zero(INTS);
        long last = weight + (n - 1) * stride;
        for (int row = 0; row < n; row++) {
            long w = weight + row * stride;
            long ahead = Math.min(w + AHEAD, last);
            FloatVector s0 = FloatVector.zero(FLOATS);
            FloatVector s1 = s0;
            FloatVector t0 = s0;
            FloatVector t1 = s0;
            int i = 0;
            for (; i <= k - 2 * PAIRS; i += 2 * PAIRS) {
                touched = touched.or(IntVector.fromMemorySegment(INTS, ALL, ahead + 2L * i, ORDER))
                        .or(IntVector.fromMemorySegment(INTS, ALL, ahead + 2L * i + 2L * PAIRS, ORDER));
                IntVector v = IntVector.fromMemorySegment(INTS, ALL, w + 2L * i, ORDER);
                IntVector u = IntVector.fromMemorySegment(INTS, ALL, w + 2L * i + 2L * PAIRS, ORDER);
                long at = x + 4L * i;
                s0 = even(v).fma(FloatVector.fromMemorySegment(FLOATS, ALL, at, ORDER), s0);
                t0 = odd(v).fma(FloatVector.fromMemorySegment(FLOATS, ALL, at + 4L * COUNT, ORDER), t0);
                s1 = even(u).fma(FloatVector.fromMemorySegment(FLOATS, ALL, at + 8L * COUNT, ORDER), s1);
                t1 = odd(u).fma(FloatVector.fromMemorySegment(FLOATS, ALL, at + 12L * COUNT, ORDER), t1);
            }
            if (i <= k - PAIRS) {
                IntVector v = IntVector.fromMemorySegment(INTS, ALL, w + 2L * i, ORDER);
                s0 = even(v).fma(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i, ORDER), s0);
                t0 = odd(v).fma(FloatVector.fromMemorySegment(FLOATS, ALL, x + 4L * i + 4L * COUNT, ORDER), t0);
            }
            RawMemory.f32(y + 4L * row, s0.add(t0).add(s1.add(t1)).reduceLanes(VectorOperators.ADD));
        }
        return touched.lane(0);
    }

    /// Four rows of sums, `pitch` elements apart: each element of the weight is widened once for four products.
    ///
    /// @return nothing of use: what was touched
    static int four(long x, long weight, long stride, int k, int n, long y, long pitch) {
        long step = pitch(k);
        IntVector touched = IntVector.zero(INTS);
        long last = weight + (n - 1) * stride;
        for (int row = 0; row < n; row++) {
            long w = weight + row * stride;
            long ahead = Math.min(w + AHEAD, last);
            FloatVector s0 = FloatVector.zero(FLOATS);
            FloatVector s1 = s0;
            FloatVector s2 = s0;
            FloatVector s3 = s0;
            FloatVector t0 = s0;
            FloatVector t1 = s0;
            FloatVector t2 = s0;
            FloatVector t3 = s0;
            for (int i = 0; i <= k - PAIRS; i += PAIRS) {
                touched = touched.or(IntVector.fromMemorySegment(INTS, ALL, ahead + 2L * i, ORDER));
                IntVector v = IntVector.fromMemorySegment(INTS, ALL, w + 2L * i, ORDER);
                FloatVector p = even(v);
                FloatVector q = odd(v);
                long at = x + 4L * i;
                s0 = p.fma(FloatVector.fromMemorySegment(FLOATS, ALL, at, ORDER), s0);
                t0 = q.fma(FloatVector.fromMemorySegment(FLOATS, ALL, at + 4L * COUNT, ORDER), t0);
                at += step;
                s1 = p.fma(FloatVector.fromMemorySegment(FLOATS, ALL, at, ORDER), s1);
                t1 = q.fma(FloatVector.fromMemorySegment(FLOATS, ALL, at + 4L * COUNT, ORDER), t1);
                at += step;
                s2 = p.fma(FloatVector.fromMemorySegment(FLOATS, ALL, at, ORDER), s2);
                t2 = q.fma(FloatVector.fromMemorySegment(FLOATS, ALL, at + 4L * COUNT, ORDER), t2);
                at += step;
                s3 = p.fma(FloatVector.fromMemorySegment(FLOATS, ALL, at, ORDER), s3);
                t3 = q.fma(FloatVector.fromMemorySegment(FLOATS, ALL, at + 4L * COUNT, ORDER), t3);
            }
            long to = y + 4L * row;
            RawMemory.f32(to, s0.add(t0).reduceLanes(VectorOperators.ADD));
            RawMemory.f32(to + 4 * pitch, s1.add(t1).reduceLanes(VectorOperators.ADD));
            RawMemory.f32(to + 8 * pitch, s2.add(t2).reduceLanes(VectorOperators.ADD));
            RawMemory.f32(to + 12 * pitch, s3.add(t3).reduceLanes(VectorOperators.ADD));
        }
        return touched.lane(0);
    }

    /// Adds the products behind the whole blocks of a row.
    private void addRest(long row, long line) {
        for (int i = 0; i < n; i++) {
            float sum = RawMemory.f32(line + 4L * i);
            for (int j = k / PAIRS * PAIRS; j < k; j++) {
                float w = RawMemory.bf16(weight.address() + 2 * (i * weightStride + j));
                sum = Math.fma(RawMemory.f32(row + 4L * j), w, sum);
            }
            RawMemory.f32(line + 4L * i, sum);
        }
    }
}
