package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.simd.Lanes.COUNT;
import static org.rduzoo.backend.host.simd.Lanes.FLOATS;
import static org.rduzoo.backend.host.simd.Lanes.INTS;
import static org.rduzoo.backend.host.simd.Panel.WIDTH;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.rduzoo.backend.host.kernel.ShareDrops;

/// Loops over a strip of scores: a row a key, a column a query, as many columns as a [Panel] has. They are called
/// through [Outlined].
final class StripSoftmax {

    private static final FloatVector NEVER = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);

    private StripSoftmax() {}

    /// Hides `key`, in row `row`, from columns whose lane is less than it: those that stand before it.
    static void hideAbove(float[] strip, int row, int[] lanes, int at, int key) {
        for (int i = 0; i < WIDTH; i += COUNT) {
            IntVector v = IntVector.fromArray(INTS, lanes, at + i);
            VectorMask<Float> hidden = v.compare(VectorOperators.LT, key).cast(FLOATS);
            int to = row * WIDTH + i;
            FloatVector.fromArray(FLOATS, strip, to).blend(NEVER, hidden).intoArray(strip, to);
        }
    }

    /// Hides row `row` from columns whose lane is more than `key`.
    static void hideBelow(float[] strip, int row, int[] lanes, int at, int key) {
        for (int i = 0; i < WIDTH; i += COUNT) {
            IntVector v = IntVector.fromArray(INTS, lanes, at + i);
            VectorMask<Float> hidden = v.compare(VectorOperators.GT, key).cast(FLOATS);
            int to = row * WIDTH + i;
            FloatVector.fromArray(FLOATS, strip, to).blend(NEVER, hidden).intoArray(strip, to);
        }
    }

    /// Hides row `row` from columns whose lane is not `segment`.
    static void hideOthers(float[] strip, int row, int[] lanes, int at, int segment) {
        for (int i = 0; i < WIDTH; i += COUNT) {
            IntVector v = IntVector.fromArray(INTS, lanes, at + i);
            VectorMask<Float> hidden = v.compare(VectorOperators.NE, segment).cast(FLOATS);
            int to = row * WIDTH + i;
            FloatVector.fromArray(FLOATS, strip, to).blend(NEVER, hidden).intoArray(strip, to);
        }
    }

    /// Multiplies the scores and rounds them to `bf16`.
    static void scaleAndRound(float[] strip, int rows, float scale) {
        for (int i = 0; i < rows * WIDTH; i += COUNT) {
            Lanes.round(FloatVector.fromArray(FLOATS, strip, i).mul(scale)).intoArray(strip, i);
        }
    }

    /// Raises each column's largest score, `max` from `at` on, by those of the strip.
    static void max(float[] strip, int rows, float[] max, int at) {
        FloatVector m0 = FloatVector.fromArray(FLOATS, max, at);
        FloatVector m1 = FloatVector.fromArray(FLOATS, max, at + COUNT);
        for (int i = 0; i < rows; i++) {
            FloatVector s0 = FloatVector.fromArray(FLOATS, strip, i * WIDTH);
            FloatVector s1 = FloatVector.fromArray(FLOATS, strip, i * WIDTH + COUNT);
            m0 = m0.blend(s0, s0.compare(VectorOperators.GT, m0));
            m1 = m1.blend(s1, s1.compare(VectorOperators.GT, m1));
        }
        m0.intoArray(max, at);
        m1.intoArray(max, at + COUNT);
    }

    /// Replaces each score by its exponential after its column's `shift` is taken away, and adds them to `sum`
    /// from `at` on. One exponential a round: two are more than the compiler surely takes into one method.
    static void exp(float[] strip, int rows, float[] shift, float[] sum, int at) {
        for (int column = 0; column < WIDTH; column += COUNT) {
            FloatVector m = FloatVector.fromArray(FLOATS, shift, column);
            FloatVector l = FloatVector.fromArray(FLOATS, sum, at + column);
            for (int i = 0; i < rows; i++) {
                int j = i * WIDTH + column;
                FloatVector e = VectorFunctions.expOfNegative(
                        FloatVector.fromArray(FLOATS, strip, j).sub(m));
                e.intoArray(strip, j);
                l = l.add(e);
            }
            l.intoArray(sum, at + column);
        }
    }

    /// Multiplies `rows` rows from `at` on by their columns' factors.
    static void scale(float[] strip, int at, int rows, float[] factor) {
        FloatVector f0 = FloatVector.fromArray(FLOATS, factor, 0);
        FloatVector f1 = FloatVector.fromArray(FLOATS, factor, COUNT);
        for (int i = 0; i < rows; i++) {
            int j = at + i * WIDTH;
            FloatVector.fromArray(FLOATS, strip, j).mul(f0).intoArray(strip, j);
            FloatVector.fromArray(FLOATS, strip, j + COUNT).mul(f1).intoArray(strip, j + COUNT);
        }
    }

    /// As [#scale], to the nearest `bf16`.
    static void scaleToBf16(float[] strip, int at, int rows, float[] factor) {
        FloatVector f0 = FloatVector.fromArray(FLOATS, factor, 0);
        FloatVector f1 = FloatVector.fromArray(FLOATS, factor, COUNT);
        for (int i = 0; i < rows; i++) {
            int j = at + i * WIDTH;
            Lanes.round(FloatVector.fromArray(FLOATS, strip, j).mul(f0)).intoArray(strip, j);
            Lanes.round(FloatVector.fromArray(FLOATS, strip, j + COUNT).mul(f1)).intoArray(strip, j + COUNT);
        }
    }

    /// What dropout multiplies the shares of a strip with.
    ///
    /// @param keys the lower halves of the columns' keys from `at` on, and behind them the upper halves
    /// @param first the place of the first key
    static void raises(float[] to, int rows, int[] keys, int at, int first, float probability) {
        FloatVector raise = Lanes.splat(ShareDrops.raise(probability));
        int least = Dropping.least(probability);
        for (int column = 0; column < WIDTH; column += COUNT) {
            IntVector low = IntVector.fromArray(INTS, keys, at + column);
            IntVector high = IntVector.fromArray(INTS, keys, at + WIDTH + column);
            for (int i = 0; i < rows; i++) {
                VectorMask<Float> kept = Dropping.kept(IntVector.broadcast(INTS, first + i), low, high, least);
                Splat.ZERO.blend(raise, kept).intoArray(to, i * WIDTH + column);
            }
        }
    }

    /// Multiplies each number of `rows` rows by its factor.
    static void times(float[] strip, float[] factors, int rows) {
        for (int i = 0; i < rows * WIDTH; i += COUNT) {
            FloatVector f = FloatVector.fromArray(FLOATS, factors, i);
            FloatVector.fromArray(FLOATS, strip, i).mul(f).intoArray(strip, i);
        }
    }

    /// Turns the gradients by shares into those by scores: `byShares = shares · (byShares − shift)`, and rounds both to
    /// `bf16` on request.
    static void gradient(float[] shares, float[] byShares, int rows, float[] shift, boolean round) {
        for (int column = 0; column < WIDTH; column += COUNT) {
            FloatVector d = FloatVector.fromArray(FLOATS, shift, column);
            for (int j = column; j < rows * WIDTH; j += WIDTH) {
                FloatVector p = FloatVector.fromArray(FLOATS, shares, j);
                FloatVector g = p.mul(FloatVector.fromArray(FLOATS, byShares, j).sub(d));
                if (round) {
                    Lanes.round(g).intoArray(byShares, j);
                    Lanes.round(p).intoArray(shares, j);
                } else {
                    g.intoArray(byShares, j);
                }
            }
        }
    }
}
