package org.rduzoo.runners.image;

import java.util.stream.IntStream;

/// How well the places of each class that were found cover those that were wanted, over any number of images.
public final class Overlap {

    private final long[] common;
    private final long[] all;

    /// @param classes 0 among them, which is what is around the others; at least 2
    public Overlap(int classes) {
        common = new long[classes];
        all = new long[classes];
    }

    /// Counts an image.
    public Overlap add(int[] found, int[] wanted) {
        for (int i = 0; i < found.length; i++) {
            all[found[i]]++;
            all[wanted[i]]++;
            if (found[i] == wanted[i]) {
                common[found[i]]++;
            }
        }
        return this;
    }

    /// `2 · common / (found + wanted)`, the mean over the classes other than 0 that there are; 1 if there are none.
    public double dice() {
        return classes().mapToDouble(c -> 2.0 * common[c] / all[c]).average().orElse(1);
    }

    /// `common / (found + wanted − common)`, likewise.
    public double iou() {
        return classes()
                .mapToDouble(c -> (double) common[c] / (all[c] - common[c]))
                .average()
                .orElse(1);
    }

    private IntStream classes() {
        return IntStream.range(1, all.length).filter(c -> all[c] > 0);
    }
}
