package org.rduzoo.runners.data;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.rduzoo.runners.data.PrepareRequest.Shuffle;
import org.rduzoo.samba.UserError;

/// How the lines of the input are shared out among files: training files first, then test files, then dev files.
///
/// @param train files to train on
/// @param test files of text, to test on
/// @param dev files to evaluate on while training
record SplitPlan(int train, int test, int dev) {

    private static final double GIBIBYTE = 1L << 30;

    /// Training files where nobody says how many.
    static int defaultTrain(long bytes, int lines) {
        int count = bytes < 10 * GIBIBYTE ? 32 : bytes < 100 * GIBIBYTE ? 128 : 256;
        return Math.max(1, Math.min(count, lines));
    }

    /// As many dev and test files beside the training files as the ratios ask for, rounded down.
    static SplitPlan ofRatios(int train, double devRatio, double testRatio) {
        int all = (int) (train / (1 - devRatio - testRatio));
        int test = (int) (all * testRatio);
        return new SplitPlan(train, test, all - test - train);
    }

    int count() {
        return train + test + dev;
    }

    /// The file of split `i`, as in `train_1_of_32`.
    String name(int i) {
        if (i < train) {
            return "train_%d_of_%d".formatted(i + 1, train);
        }
        return i < train + test
                ? "test_%d_of_%d".formatted(i - train + 1, test)
                : "dev_%d_of_%d".formatted(i - train - test + 1, dev);
    }

    boolean isTest(int i) {
        return i >= train && i < train + test;
    }

    /// The splits to train on, or to evaluate on.
    List<Integer> packed(boolean training) {
        return (training ? IntStream.range(0, train) : IntStream.range(train + test, count()))
                .boxed()
                .toList();
    }

    /// The lines of each split, in order.
    ///
    /// @throws UserError when there are more splits than lines
    List<int[]> lines(int lines, Shuffle shuffle, long seed) {
        if (count() > lines) {
            throw new UserError(
                    ("%d lines are too few for %d files (%d to train on, %d dev, %d test). Ask for fewer with "
                                    + "--num-training-splits, or add lines.")
                            .formatted(lines, count(), train, dev, test));
        }
        int[] order = IntStream.range(0, lines).toArray();
        Random random = new Random(seed);
        if (shuffle == Shuffle.ON_RAM) {
            shuffle(order, random);
        }
        return IntStream.range(0, count())
                .mapToObj(i -> {
                    int[] mine = shuffle == Shuffle.ON_RAM ? stretch(order, i) : everyNth(order, i);
                    if (shuffle == Shuffle.LARGE_FILE) {
                        shuffle(mine, random);
                    }
                    return mine;
                })
                .toList();
    }

    private int[] everyNth(int[] order, int split) {
        return IntStream.iterate(split, i -> i < order.length, i -> i + count())
                .map(i -> order[i])
                .toArray();
    }

    /// Stretches of equal length; the first ones are longer by one where it does not come out even.
    private int[] stretch(int[] order, int split) {
        int length = order.length / count();
        int longer = order.length % count();
        int start = split * length + Math.min(split, longer);
        return IntStream.range(start, start + length + (split < longer ? 1 : 0))
                .map(i -> order[i])
                .toArray();
    }

    private static void shuffle(int[] values, Random random) {
        for (int i = values.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int value = values[i];
            values[i] = values[j];
            values[j] = value;
        }
    }
}
