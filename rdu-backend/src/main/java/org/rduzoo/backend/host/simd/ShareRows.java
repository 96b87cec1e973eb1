package org.rduzoo.backend.host.simd;

/// What attention does to rows between its products of matrices: rows of scores become shares of keys, in `f32` or
/// `bf16`. Scores come in multiples of [#GRAIN], which is at least the lanes of a vector.
///
/// Each loop is by vectors as soon as those are compiled, and until then without; the bits are the same.
public final class ShareRows {

    public static final int GRAIN = 16;

    private static final Loop ROUND = new Loop((a, _, _, n) -> VectorShares.scaleAndRound(a, 1, n));
    private static final Loop HIDE = new Loop((a, b, _, n) -> VectorShares.hideOthers(a, b, 1, n));
    private static final Loop SHARES = new Loop((a, b, _, n) -> VectorShares.shares(rows(a, b, n), 1, 1, false));
    private static final Loop BF16_SHARES = new Loop((a, b, _, n) -> VectorShares.shares(rows(a, b, n), 1, 1, true));
    private static final Loop SCALE = new Loop((a, b, _, n) -> VectorShares.scale(a, 1, b, n));
    private static final Loop FINISH = new Loop((a, b, _, n) -> finishByVectors(rows(a, a, n), b, false));
    private static final Loop BF16_FINISH = new Loop((a, b, _, n) -> finishByVectors(rows(a, a, n), b, true));
    private static final Loop COPY = new Loop((a, b, _, n) -> VectorShares.copy(a, 0, b, 0, 4 * n, 1));
    private static final Loop WIDEN = new Loop((a, b, _, n) -> VectorShares.widen(a, 0, b, 0, n, 1));
    private static final Loop CLEAR = new Loop((a, _, _, n) -> VectorShares.clear(a, 4L * n));

    private ShareRows() {}

    /// Rows of scores and what becomes of them. Of row `i`, only `[low[i], high[i])` counts, both multiples of
    /// [#GRAIN]; where they are equal, nothing does.
    ///
    /// @param scores the address of the first row, of `f32`
    /// @param shares the address of the first row, of `f32` or `bf16`
    /// @param outputs the address of the first row of outputs, of `f32`
    /// @param width elements of a row of scores or shares
    /// @param size elements of a row of outputs
    /// @param max the largest scaled score of each row so far; −∞ of none
    /// @param was what that was before the last scores
    /// @param sum what the exponentials of the last scores of each row add up to
    /// @param factor what each row of outputs is multiplied with in the end
    public record Rows(
            long scores,
            long shares,
            long outputs,
            int width,
            int size,
            int[] low,
            int[] high,
            float[] max,
            float[] was,
            float[] sum,
            float[] factor) {

        /// @param count rows that there is room for
        public static Rows of(int count, long scores, long shares, long outputs, int width, int size) {
            return new Rows(
                    scores,
                    shares,
                    outputs,
                    width,
                    size,
                    new int[count],
                    new int[count],
                    new float[count],
                    new float[count],
                    new float[count],
                    new float[count]);
        }
    }

    private static Rows rows(long scores, long shares, int n) {
        Rows rows = Rows.of(1, scores, shares, scores, n, n);
        rows.high()[0] = n;
        return rows;
    }

    private static void finishByVectors(Rows rows, long to, boolean toBf16) {
        VectorShares.finish(rows, 0, 1, 1, to, 0, toBf16);
    }

    /// Notes that the largest of a row's last scores is `max`.
    ///
    /// @return what is added to its scaled scores before they become shares
    static float shift(Rows rows, int row, float max) {
        float before = rows.max()[row];
        float now = max > before ? max : before;
        rows.was()[row] = before;
        rows.max()[row] = now;
        return now == Float.NEGATIVE_INFINITY ? 0 : -now;
    }

    /// Multiplies `n` scores, each to the nearest `bf16`.
    public static void scaleAndRound(long x, float scale, int n) {
        if (ROUND.isCompiled()) {
            VectorShares.scaleAndRound(x, scale, n);
        } else {
            LaneShares.scaleAndRound(x, scale, n);
        }
    }

    /// Gives −∞ to the scores whose number at `segments` is another than `segment`.
    public static void hideOthers(long x, long segments, int segment, int n) {
        if (HIDE.isCompiled()) {
            VectorShares.hideOthers(x, segments, segment, n);
        } else {
            LaneShares.hideOthers(x, segments, segment, n);
        }
    }

    /// Turns the first `count` rows into shares, exp(scale · score − max). What does not count gets 0.
    ///
    /// @param scale above 0
    /// @param toBf16 whether shares are rounded to `bf16`; sums are not
    public static void shares(Rows rows, int count, float scale, boolean toBf16) {
        if ((toBf16 ? BF16_SHARES : SHARES).isCompiled()) {
            VectorShares.shares(rows, count, scale, toBf16);
        } else {
            LaneShares.shares(rows, count, scale, toBf16);
        }
    }

    /// Gives 0 to those of `n` shares, a multiple of [#GRAIN], that are dropped.
    ///
    /// @param shares of `bf16` or `f32`
    /// @param key what their numbers come from
    /// @param index the place of the first of them in its row
    public static void drop(long shares, boolean bf16, long key, int index, float probability, int n) {
        if (bf16) {
            Dropping.BF16.run(shares, key, index, Dropping.least(probability), n);
        } else {
            Dropping.run(shares, shares, key, index, probability, 1, n);
        }
    }

    /// `y = x · factor`, any number.
    public static void scale(long x, float factor, long y, int n) {
        if (SCALE.isCompiled()) {
            VectorShares.scale(x, factor, y, n);
        } else {
            LaneShares.scale(x, factor, y, n);
        }
    }

    /// Multiplies rows of outputs with their factors: `count` rows, each `step`th from the one numbered `first` on.
    ///
    /// @param to where the first one goes, and the others `stride` bytes apart
    /// @param toBf16 whether they are rounded to the nearest `bf16`
    public static void finish(Rows rows, int first, int step, int count, long to, long stride, boolean toBf16) {
        if ((toBf16 ? BF16_FINISH : FINISH).isCompiled()) {
            VectorShares.finish(rows, first, step, count, to, stride, toBf16);
        } else {
            LaneShares.finish(rows, first, step, count, to, stride, toBf16);
        }
    }

    /// Copies `rows` rows of `bytes` bytes, which start `fromStride` and `toStride` bytes apart.
    public static void copy(long from, long fromStride, long to, long toStride, int bytes, int rows) {
        if (COPY.isCompiled()) {
            VectorShares.copy(from, fromStride, to, toStride, bytes, rows);
        } else {
            LaneShares.copy(from, fromStride, to, toStride, bytes, rows);
        }
    }

    /// Copies `rows` rows of `columns` `bf16` to rows of `f32`; strides are in bytes.
    public static void widen(long from, long fromStride, long to, long toStride, int columns, int rows) {
        if (WIDEN.isCompiled()) {
            VectorShares.widen(from, fromStride, to, toStride, columns, rows);
        } else {
            LaneShares.widen(from, fromStride, to, toStride, columns, rows);
        }
    }

    /// Zeros `bytes` bytes.
    public static void clear(long to, long bytes) {
        if (CLEAR.isCompiled()) {
            VectorShares.clear(to, bytes);
        } else {
            LaneShares.clear(to, bytes);
        }
    }
}
