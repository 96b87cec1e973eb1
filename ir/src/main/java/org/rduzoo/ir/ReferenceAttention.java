package org.rduzoo.ir;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/// The meaning of [Product.Attention] and of its gradient.
final class ReferenceAttention {

    private final Product.Attention op;
    private final double[] q;
    private final double[] k;
    private final double[] v;
    private final Optional<double[]> start;
    private final Optional<double[]> valid;
    private final Optional<double[]> segments;
    private final Optional<double[]> keyMask;
    private final long seed;
    private final double probability;
    private final int rows;
    private final int queries;
    private final int keys;
    private final int heads;
    private final int keyHeads;
    private final int width;
    private final int valueWidth;

    ReferenceAttention(Product.Attention op, Function<Value, Dense> in) {
        this.op = op;
        q = in.apply(op.q()).data();
        k = in.apply(op.k()).data();
        v = in.apply(op.v()).data();
        start = op.start().map(in).map(Dense::data);
        valid = op.valid().map(in).map(Dense::data);
        segments = op.segments().map(in).map(Dense::data);
        keyMask = op.keyMask().map(in).map(Dense::data);
        seed = op.seed().map(in).map(s -> (long) s.data()[0]).orElse(0L);
        probability = op.probability().map(in).map(p -> p.data()[0]).orElse(0.0);
        rows = Math.toIntExact(op.q().shape().elements(0, 3));
        queries = op.q().shape().dim(2);
        keys = op.k().shape().dim(2);
        heads = op.q().shape().dim(1);
        keyHeads = op.k().shape().dim(1);
        width = op.k().shape().dim(3);
        valueWidth = op.v().shape().dim(3);
    }

    /// The outputs, and the logarithms of the softmax's sums.
    List<double[]> run() {
        double[] out = new double[Math.multiplyExact(rows, valueWidth)];
        double[] logSums = new double[rows];
        IntStream.range(0, rows).parallel().forEach(row -> {
            double[] scores = scores(row);
            logSums[row] = ReferenceRows.logSumExp(scores, 0, 1, keys);
            for (int key = 0; key < keys && logSums[row] != Double.NEGATIVE_INFINITY; key++) {
                double share = raise(row, key) * roundShare(Math.exp(scores[key] - logSums[row]));
                if (share != 0) {
                    addScaled(share, v, (firstKey(row) + key) * valueWidth, valueWidth, out, row * valueWidth);
                }
            }
        });
        return List.of(out, logSums);
    }

    /// The gradients by `q`, `k` and `v`, from the results of the attention and the gradient by the first of them.
    List<double[]> gradients(double[] out, double[] logSums, double[] gradient) {
        double[] byQ = new double[q.length];
        double[] byK = new double[k.length];
        double[] byV = new double[v.length];
        // A key head's sums are made by one thread, query by query.
        int group = heads / keyHeads * queries;
        IntStream.range(0, rows / Math.max(1, group)).parallel().forEach(shared -> {
            for (int row = shared * group; row < (shared + 1) * group; row++) {
                if (logSums[row] != Double.NEGATIVE_INFINITY) {
                    gradients(row, out, logSums[row], gradient, byQ, byK, byV);
                }
            }
        });
        return List.of(byQ, byK, byV);
    }

    private void gradients(
            int row, double[] out, double logSum, double[] gradient, double[] byQ, double[] byK, double[] byV) {
        double[] scores = scores(row);
        int at = row * valueWidth;
        double shift = dot(gradient, at, out, at, valueWidth);
        for (int key = 0; key < keys; key++) {
            int keyRow = firstKey(row) + key;
            double share = Math.exp(scores[key] - logSum);
            if (share == 0) {
                continue;
            }
            double raise = raise(row, key);
            addScaled(raise * roundShare(share), gradient, at, valueWidth, byV, keyRow * valueWidth);
            double byShare = raise * dot(gradient, at, v, keyRow * valueWidth, valueWidth);
            double byScore = op.scale() * roundFactor(share * (byShare - shift));
            addScaled(byScore, k, keyRow * width, width, byQ, row * width);
            addScaled(byScore, q, row * width, width, byK, keyRow * width);
        }
    }

    /// What the dropout multiplies a share with.
    private double raise(int row, int key) {
        if (probability == 0) {
            return 1;
        }
        long numbers = DropoutNumbers.key(seed, op.layer().orElseThrow(), row);
        return DropoutNumbers.uniform(numbers, key) < (float) probability ? 0 : 1 / (1 - probability);
    }

    /// The scores of one query, −∞ for the keys that it does not see.
    private double[] scores(int row) {
        int batch = row / queries / heads;
        int query = row % queries;
        long position = start.map(s -> (long) s[batch]).orElse((long) keys - queries) + query;
        double[] scores = new double[keys];
        for (int key = 0; key < keys; key++) {
            scores[key] = sees(batch, position, key)
                    ? roundScore(op.scale() * dot(q, row * width, k, (firstKey(row) + key) * width, width))
                    : Double.NEGATIVE_INFINITY;
        }
        return scores;
    }

    /// The row of the first key that a query's head reads.
    private int firstKey(int row) {
        int batch = row / queries / heads;
        int head = row / queries % heads;
        return (batch * keyHeads + head / (heads / keyHeads)) * keys;
    }

    private boolean sees(int batch, long position, int key) {
        long at = op.ring() ? positionInRing((long) valid.orElseThrow()[batch], key) : key;
        return at >= 0
                && (!op.causal() || at <= position)
                && (op.window() == 0 || position - at < op.window())
                && valid.stream().allMatch(x -> at < x[batch])
                && keyMask.stream().allMatch(x -> x[batch * keys + key] != 0)
                && segments.stream().allMatch(x -> sameSegment(x, batch * keys, position, key));
    }

    /// The last position below `end` that a ring keeps in the slot `key`; negative where there is none.
    private long positionInRing(long end, int key) {
        return end - 1 - Math.floorMod(end - 1 - key, keys);
    }

    /// A position beyond the keys is in no segment.
    private boolean sameSegment(double[] of, int first, long position, int key) {
        return position >= 0 && position < keys && of[first + (int) position] == of[first + key];
    }

    private static double dot(double[] a, int aAt, double[] b, int bAt, int length) {
        double sum = 0;
        for (int i = 0; i < length; i++) {
            sum += a[aAt + i] * b[bAt + i];
        }
        return sum;
    }

    private static void addScaled(double factor, double[] x, int xAt, int length, double[] to, int toAt) {
        for (int i = 0; i < length; i++) {
            to[toAt + i] += factor * x[xAt + i];
        }
    }

    private double roundScore(double score) {
        return op.scores() == DType.BF16 ? DType.BF16.round(score) : score;
    }

    private double roundShare(double share) {
        return roundFactor(roundScore(share));
    }

    private double roundFactor(double x) {
        return op.v().dtype() == DType.BF16 ? DType.BF16.round(x) : x;
    }
}
