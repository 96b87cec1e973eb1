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
            case Product.Attention attention -> new ReferenceAttention(attention, in).run();
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
}
