package org.rduzoo.runners;

/// How well one set of places covers another, from 0 to 1.
///
/// @param dice `2 · common / (found + wanted)`
/// @param iou `common / (found + wanted − common)`
record Overlap(double dice, double iou) {

    /// Two empty sets agree.
    static Overlap of(int[] found, int[] wanted) {
        long common = 0;
        long all = 0;
        for (int i = 0; i < found.length; i++) {
            common += found[i] != 0 && found[i] == wanted[i] ? 1 : 0;
            all += (found[i] != 0 ? 1 : 0) + (wanted[i] != 0 ? 1 : 0);
        }
        return all == 0 ? new Overlap(1, 1) : new Overlap(2.0 * common / all, common / (double) (all - common));
    }
}
