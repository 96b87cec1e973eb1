package org.rduzoo.backend.host.simd;

import static org.rduzoo.backend.host.simd.Lanes.COUNT;
import static org.rduzoo.backend.host.simd.Lanes.FLOATS;

import jdk.incubator.vector.FloatVector;

/// Products with a panel: a matrix of as many columns as two vectors have lanes. A few rows of the result stay in
/// registers while the panel goes by, so that each of its vectors serves several rows.
final class Panel {

    /// Columns of a panel.
    static final int WIDTH = 2 * COUNT;

    /// Rows of the result at a time: what the registers hold, 32 with vectors of 512 bits and 16 with narrower ones.
    static final int ROWS = COUNT >= 16 ? 8 : 4;

    private Panel() {}

    /// `c[i][j] += Σ a[at + i · rowStep + k · step] · b[k][j]` for `ROWS` rows i, k below `n`, and `WIDTH` columns j;
    /// `b`
    /// and `c` are panels that begin at `bAt` and `cAt`.
    static void accumulate(int n, float[] a, int at, int rowStep, int step, float[] b, int bAt, float[] c, int cAt) {
        if (ROWS == 8) {
            accumulate8(n, a, at, rowStep, step, b, bAt, c, cAt);
        } else {
            accumulate4(n, a, at, rowStep, step, b, bAt, c, cAt);
        }
    }

    /// 8 rows of [#accumulate].
    private static void accumulate8(
            int n, float[] a, int at, int rowStep, int step, float[] b, int bAt, float[] c, int cAt) {
        int a1 = at + rowStep;
        int a2 = a1 + rowStep;
        int a3 = a2 + rowStep;
        int a4 = a3 + rowStep;
        int a5 = a4 + rowStep;
        int a6 = a5 + rowStep;
        int a7 = a6 + rowStep;
        FloatVector c00 = FloatVector.fromArray(FLOATS, c, cAt);
        FloatVector c01 = FloatVector.fromArray(FLOATS, c, cAt + 1 * COUNT);
        FloatVector c10 = FloatVector.fromArray(FLOATS, c, cAt + 2 * COUNT);
        FloatVector c11 = FloatVector.fromArray(FLOATS, c, cAt + 3 * COUNT);
        FloatVector c20 = FloatVector.fromArray(FLOATS, c, cAt + 4 * COUNT);
        FloatVector c21 = FloatVector.fromArray(FLOATS, c, cAt + 5 * COUNT);
        FloatVector c30 = FloatVector.fromArray(FLOATS, c, cAt + 6 * COUNT);
        FloatVector c31 = FloatVector.fromArray(FLOATS, c, cAt + 7 * COUNT);
        FloatVector c40 = FloatVector.fromArray(FLOATS, c, cAt + 8 * COUNT);
        FloatVector c41 = FloatVector.fromArray(FLOATS, c, cAt + 9 * COUNT);
        FloatVector c50 = FloatVector.fromArray(FLOATS, c, cAt + 10 * COUNT);
        FloatVector c51 = FloatVector.fromArray(FLOATS, c, cAt + 11 * COUNT);
        FloatVector c60 = FloatVector.fromArray(FLOATS, c, cAt + 12 * COUNT);
        FloatVector c61 = FloatVector.fromArray(FLOATS, c, cAt + 13 * COUNT);
        FloatVector c70 = FloatVector.fromArray(FLOATS, c, cAt + 14 * COUNT);
        FloatVector c71 = FloatVector.fromArray(FLOATS, c, cAt + 15 * COUNT);
        for (int k = 0; k < n; k++) {
            int o = k * step;
            FloatVector b0 = FloatVector.fromArray(FLOATS, b, bAt + k * WIDTH);
            FloatVector b1 = FloatVector.fromArray(FLOATS, b, bAt + k * WIDTH + COUNT);
            FloatVector x = FloatVector.broadcast(FLOATS, a[at + o]);
            c00 = x.fma(b0, c00);
            c01 = x.fma(b1, c01);
            x = FloatVector.broadcast(FLOATS, a[a1 + o]);
            c10 = x.fma(b0, c10);
            c11 = x.fma(b1, c11);
            x = FloatVector.broadcast(FLOATS, a[a2 + o]);
            c20 = x.fma(b0, c20);
            c21 = x.fma(b1, c21);
            x = FloatVector.broadcast(FLOATS, a[a3 + o]);
            c30 = x.fma(b0, c30);
            c31 = x.fma(b1, c31);
            x = FloatVector.broadcast(FLOATS, a[a4 + o]);
            c40 = x.fma(b0, c40);
            c41 = x.fma(b1, c41);
            x = FloatVector.broadcast(FLOATS, a[a5 + o]);
            c50 = x.fma(b0, c50);
            c51 = x.fma(b1, c51);
            x = FloatVector.broadcast(FLOATS, a[a6 + o]);
            c60 = x.fma(b0, c60);
            c61 = x.fma(b1, c61);
            x = FloatVector.broadcast(FLOATS, a[a7 + o]);
            c70 = x.fma(b0, c70);
            c71 = x.fma(b1, c71);
        }
        c00.intoArray(c, cAt);
        c01.intoArray(c, cAt + 1 * COUNT);
        c10.intoArray(c, cAt + 2 * COUNT);
        c11.intoArray(c, cAt + 3 * COUNT);
        c20.intoArray(c, cAt + 4 * COUNT);
        c21.intoArray(c, cAt + 5 * COUNT);
        c30.intoArray(c, cAt + 6 * COUNT);
        c31.intoArray(c, cAt + 7 * COUNT);
        c40.intoArray(c, cAt + 8 * COUNT);
        c41.intoArray(c, cAt + 9 * COUNT);
        c50.intoArray(c, cAt + 10 * COUNT);
        c51.intoArray(c, cAt + 11 * COUNT);
        c60.intoArray(c, cAt + 12 * COUNT);
        c61.intoArray(c, cAt + 13 * COUNT);
        c70.intoArray(c, cAt + 14 * COUNT);
        c71.intoArray(c, cAt + 15 * COUNT);
    }

    /// 4 rows of [#accumulate].
    private static void accumulate4(
            int n, float[] a, int at, int rowStep, int step, float[] b, int bAt, float[] c, int cAt) {
        int a1 = at + rowStep;
        int a2 = a1 + rowStep;
        int a3 = a2 + rowStep;
        FloatVector c00 = FloatVector.fromArray(FLOATS, c, cAt);
        FloatVector c01 = FloatVector.fromArray(FLOATS, c, cAt + 1 * COUNT);
        FloatVector c10 = FloatVector.fromArray(FLOATS, c, cAt + 2 * COUNT);
        FloatVector c11 = FloatVector.fromArray(FLOATS, c, cAt + 3 * COUNT);
        FloatVector c20 = FloatVector.fromArray(FLOATS, c, cAt + 4 * COUNT);
        FloatVector c21 = FloatVector.fromArray(FLOATS, c, cAt + 5 * COUNT);
        FloatVector c30 = FloatVector.fromArray(FLOATS, c, cAt + 6 * COUNT);
        FloatVector c31 = FloatVector.fromArray(FLOATS, c, cAt + 7 * COUNT);
        for (int k = 0; k < n; k++) {
            int o = k * step;
            FloatVector b0 = FloatVector.fromArray(FLOATS, b, bAt + k * WIDTH);
            FloatVector b1 = FloatVector.fromArray(FLOATS, b, bAt + k * WIDTH + COUNT);
            FloatVector x = FloatVector.broadcast(FLOATS, a[at + o]);
            c00 = x.fma(b0, c00);
            c01 = x.fma(b1, c01);
            x = FloatVector.broadcast(FLOATS, a[a1 + o]);
            c10 = x.fma(b0, c10);
            c11 = x.fma(b1, c11);
            x = FloatVector.broadcast(FLOATS, a[a2 + o]);
            c20 = x.fma(b0, c20);
            c21 = x.fma(b1, c21);
            x = FloatVector.broadcast(FLOATS, a[a3 + o]);
            c30 = x.fma(b0, c30);
            c31 = x.fma(b1, c31);
        }
        c00.intoArray(c, cAt);
        c01.intoArray(c, cAt + 1 * COUNT);
        c10.intoArray(c, cAt + 2 * COUNT);
        c11.intoArray(c, cAt + 3 * COUNT);
        c20.intoArray(c, cAt + 4 * COUNT);
        c21.intoArray(c, cAt + 5 * COUNT);
        c30.intoArray(c, cAt + 6 * COUNT);
        c31.intoArray(c, cAt + 7 * COUNT);
    }
}
