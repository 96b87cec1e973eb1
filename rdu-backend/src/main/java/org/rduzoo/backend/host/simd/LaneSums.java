package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.simd.LaneCount.COUNT;

/// Sums in the order of vectors, without vectors: some vectors' worth of lanes side by side, joined as [Lanes#sum]
/// does.
final class LaneSums {

    /// Vectors side by side in the loops of [Rows].
    private static final int BLOCK = 4 * COUNT;

    private LaneSums() {}

    /// As [Rows#sumOfDeviations(long, float, int)]; about 0, it is [Rows#sum(long, int)].
    static float ofDeviations(float[] v, float about) {
        float[] lanes = new float[BLOCK];
        int blocks = v.length & -BLOCK;
        for (int block = 0; block < blocks; block += BLOCK) {
            for (int lane = 0; lane < BLOCK; lane++) {
                lanes[lane] += v[block + lane] - about;
            }
        }
        int whole = LaneCount.whole(v.length);
        // What is no block of vectors goes to the first of them.
        for (int i = blocks; i < whole; i++) {
            lanes[i & COUNT - 1] += v[i] - about;
        }
        float total = joined(lanes);
        for (int i = whole; i < v.length; i++) {
            total += v[i] - about;
        }
        return total;
    }

    /// As [Rows#sumOfSquares(long, float, int)].
    static float ofSquares(float[] v, float about) {
        float[] lanes = new float[BLOCK];
        int blocks = v.length & -BLOCK;
        for (int block = 0; block < blocks; block += BLOCK) {
            for (int lane = 0; lane < BLOCK; lane++) {
                float d = v[block + lane] - about;
                lanes[lane] = Math.fma(d, d, lanes[lane]);
            }
        }
        int whole = LaneCount.whole(v.length);
        for (int i = blocks; i < whole; i++) {
            float d = v[i] - about;
            lanes[i & COUNT - 1] = Math.fma(d, d, lanes[i & COUNT - 1]);
        }
        float total = joined(lanes);
        for (int i = whole; i < v.length; i++) {
            float d = v[i] - about;
            total = Math.fma(d, d, total);
        }
        return total;
    }

    /// The sum of all, where two vectors take turns.
    static float ofTurns(float[] v) {
        return sum(v, new float[2 * COUNT]);
    }

    /// The sum of all in one vector; their number is a multiple of its lanes.
    static float ofLanes(float[] v) {
        return sum(v, new float[COUNT]);
    }

    private static float sum(float[] v, float[] lanes) {
        int whole = LaneCount.whole(v.length);
        for (int i = 0; i < whole; i++) {
            lanes[i & lanes.length - 1] += v[i];
        }
        float total = joined(lanes);
        for (int i = whole; i < v.length; i++) {
            total += v[i];
        }
        return total;
    }

    /// Vectors in pairs, then halves of the last.
    private static float joined(float[] lanes) {
        for (int apart = COUNT; apart < lanes.length; apart *= 2) {
            for (int first = 0; first < lanes.length; first += 2 * apart) {
                for (int lane = first; lane < first + COUNT; lane++) {
                    lanes[lane] += lanes[lane + apart];
                }
            }
        }
        for (int half = COUNT / 2; half > 0; half /= 2) {
            for (int lane = 0; lane < half; lane++) {
                lanes[lane] += lanes[lane + half];
            }
        }
        return lanes[0];
    }
}
