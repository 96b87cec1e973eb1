package org.rduzoo.ir;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/// The meaning of [Product] operations.
final class ReferenceProducts {

    private ReferenceProducts() {}

    static List<double[]> evaluate(Product op, Function<Value, Dense> in) {
        return switch (op) {
            case Product.MatMul(Value l, Value r) -> List.of(matMul(in.apply(l), in.apply(r)));
            case Product.Linear(Value x, Value w, Optional<Value> bias, Optional<UnaryFn> activation) ->
                List.of(linear(in.apply(x), in.apply(w), bias.map(in), activation));
            case Product.Attention attention -> attention(attention, in);
        };
    }

    private static double[] matMul(Dense lhs, Dense rhs) {
        int m = lhs.shape().dim(-2);
        int k = lhs.shape().dim(-1);
        int n = rhs.shape().dim(-1);
        Shape front = front(lhs).broadcast(front(rhs));
        double[] a = ReferenceElementwise.stretch(lhs, front.append(m, k));
        double[] b = ReferenceElementwise.stretch(rhs, front.append(k, n));
        double[] out = new double[Math.toIntExact(front.elements() * m * n)];
        int rows = Math.toIntExact(front.elements() * m);
        IntStream.range(0, rows)
                .parallel()
                .forEach(row -> multiplyRow(a, row * k, b, row / m * k * n, k, n, out, row * n));
        return out;
    }

    private static Shape front(Dense x) {
        return x.shape().slice(0, x.shape().rank() - 2);
    }

    /// Adds a row of `k` elements times a matrix `[k, n]` to a row of `n`.
    private static void multiplyRow(double[] a, int aAt, double[] b, int bAt, int k, int n, double[] out, int outAt) {
        for (int i = 0; i < k; i++) {
            double factor = a[aAt + i];
            for (int j = 0; j < n; j++) {
                out[outAt + j] += factor * b[bAt + i * n + j];
            }
        }
    }

    private static double[] linear(Dense x, Dense weight, Optional<Dense> bias, Optional<UnaryFn> activation) {
        int n = weight.shape().dim(0);
        int k = weight.shape().dim(1);
        double[] columns = new double[n * k];
        ReferenceLayout.gather(weight.data(), 0, new long[] {1, k}, Shape.of(k, n), columns);
        int rows = Math.toIntExact(x.shape().elements(0, x.shape().rank() - 1));
        double[] out = new double[Math.multiplyExact(rows, n)];
        IntStream.range(0, rows).parallel().forEach(row -> {
            bias.ifPresent(b -> System.arraycopy(b.data(), 0, out, row * n, n));
            multiplyRow(x.data(), row * k, columns, 0, k, n, out, row * n);
        });
        activation.ifPresent(fn -> Arrays.parallelSetAll(out, i -> fn.apply(out[i])));
        return out;
    }

    private static List<double[]> attention(Product.Attention op, Function<Value, Dense> in) {
        Dense q = in.apply(op.q());
        Shape rows = q.shape().slice(0, 3);
        int queries = rows.dim(2);
        int heads = rows.dim(1);
        AttentionInputs given = new AttentionInputs(op, in);
        double[] out = new double[Math.toIntExact(rows.elements() * given.valueWidth)];
        double[] logSums = new double[Math.toIntExact(rows.elements())];
        IntStream.range(0, logSums.length).parallel().forEach(row -> {
            int batch = row / queries / heads;
            logSums[row] = given.query(row, batch, row / queries % heads, row % queries, out);
        });
        return List.of(out, logSums);
    }

    /// What the queries of one attention have in common.
    private static final class AttentionInputs {

        private final Product.Attention op;
        private final double[] q;
        private final double[] k;
        private final double[] v;
        private final Optional<double[]> start;
        private final Optional<double[]> valid;
        private final Optional<double[]> segments;
        private final Optional<double[]> keyMask;
        private final int queries;
        private final int keys;
        private final int keyHeads;
        private final int group;
        private final int width;
        private final int valueWidth;

        AttentionInputs(Product.Attention op, Function<Value, Dense> in) {
            this.op = op;
            q = in.apply(op.q()).data();
            k = in.apply(op.k()).data();
            v = in.apply(op.v()).data();
            start = op.start().map(in).map(Dense::data);
            valid = op.valid().map(in).map(Dense::data);
            segments = op.segments().map(in).map(Dense::data);
            keyMask = op.keyMask().map(in).map(Dense::data);
            queries = op.q().shape().dim(2);
            keys = op.k().shape().dim(2);
            keyHeads = op.k().shape().dim(1);
            group = op.q().shape().dim(1) / keyHeads;
            width = op.k().shape().dim(3);
            valueWidth = op.v().shape().dim(3);
        }

        /// Writes the output of one query into its `row` of `out` and returns the logarithm of the softmax's sum.
        double query(int row, int batch, int head, int query, double[] out) {
            int firstKey = (batch * keyHeads + head / group) * keys;
            long position = start.map(s -> (long) s[batch]).orElse((long) keys - queries) + query;
            double[] scores = new double[keys];
            for (int key = 0; key < keys; key++) {
                scores[key] = sees(batch, position, key)
                        ? roundScore(op.scale() * dot(row * width, (firstKey + key) * width))
                        : Double.NEGATIVE_INFINITY;
            }
            double logSum = ReferenceRows.logSumExp(scores, 0, 1, keys);
            for (int key = 0; key < keys && logSum != Double.NEGATIVE_INFINITY; key++) {
                double share = roundShare(Math.exp(scores[key] - logSum));
                for (int i = 0; i < valueWidth && share != 0; i++) {
                    out[row * valueWidth + i] += share * v[(firstKey + key) * valueWidth + i];
                }
            }
            return logSum;
        }

        private boolean sees(int batch, long position, int key) {
            return (!op.causal() || key <= position)
                    && (op.window() == 0 || position - key < op.window())
                    && valid.stream().allMatch(x -> key < x[batch])
                    && keyMask.stream().allMatch(x -> x[batch * keys + key] != 0)
                    && segments.stream().allMatch(x -> sameSegment(x, batch * keys, position, key));
        }

        /// A position beyond the keys is in no segment.
        private boolean sameSegment(double[] segments, int firstKey, long position, int key) {
            return position >= 0 && position < keys && segments[firstKey + (int) position] == segments[firstKey + key];
        }

        private double dot(int qAt, int kAt) {
            double sum = 0;
            for (int i = 0; i < width; i++) {
                sum += q[qAt + i] * k[kAt + i];
            }
            return sum;
        }

        private double roundScore(double score) {
            return op.scores() == DType.BF16 ? DType.BF16.round(score) : score;
        }

        private double roundShare(double share) {
            double softmax = roundScore(share);
            return op.v().dtype() == DType.BF16 ? DType.BF16.round(softmax) : softmax;
        }
    }
}
