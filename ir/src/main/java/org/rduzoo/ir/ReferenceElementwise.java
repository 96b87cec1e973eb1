package org.rduzoo.ir;

import java.util.Arrays;
import java.util.function.Function;
import java.util.stream.IntStream;

/// The meaning of [Elementwise] operations.
final class ReferenceElementwise {

    private ReferenceElementwise() {}

    static double[] evaluate(Elementwise op, Function<Value, Dense> in) {
        return switch (op) {
            case Elementwise.Unary(UnaryFn fn, Value x) ->
                Arrays.stream(in.apply(x).data()).parallel().map(fn::apply).toArray();
            case Elementwise.Binary(BinaryFn fn, Value l, Value r) -> {
                Shape shape = l.shape().broadcast(r.shape());
                double[] a = stretch(in.apply(l), shape);
                double[] b = stretch(in.apply(r), shape);
                yield IntStream.range(0, a.length)
                        .mapToDouble(i -> fn.apply(a[i], b[i]))
                        .toArray();
            }
            case Elementwise.Compare(CompareFn fn, Value l, Value r) -> {
                Shape shape = l.shape().broadcast(r.shape());
                double[] a = stretch(in.apply(l), shape);
                double[] b = stretch(in.apply(r), shape);
                yield IntStream.range(0, a.length)
                        .mapToDouble(i -> fn.test(a[i], b[i]) ? 1 : 0)
                        .toArray();
            }
            case Elementwise.Select(Value condition, Value then, Value otherwise) -> {
                Shape shape = condition.shape().broadcast(then.shape()).broadcast(otherwise.shape());
                double[] c = stretch(in.apply(condition), shape);
                double[] a = stretch(in.apply(then), shape);
                double[] b = stretch(in.apply(otherwise), shape);
                yield IntStream.range(0, c.length)
                        .mapToDouble(i -> c[i] != 0 ? a[i] : b[i])
                        .toArray();
            }
            case Elementwise.Cast(Value x, DType dtype) ->
                dtype == DType.BOOL
                        ? Arrays.stream(in.apply(x).data()).map(dtype::round).toArray()
                        : in.apply(x).data();
            case Elementwise.Dropout(Value x, Value seed, Value probability, long layer) ->
                dropout(
                        in.apply(x).data(),
                        (long) in.apply(seed).data()[0],
                        in.apply(probability).data()[0],
                        layer);
        };
    }

    private static double[] dropout(double[] x, long seed, double probability, long layer) {
        return IntStream.range(0, x.length)
                .mapToDouble(i ->
                        DropoutNumbers.uniform(seed, layer, i) < (float) probability ? 0 : x[i] / (1 - probability))
                .toArray();
    }

    /// The elements repeated along dimensions of 1, and missing ones in front, to `shape`.
    static double[] stretch(Dense x, Shape shape) {
        if (x.shape().equals(shape)) {
            return x.data();
        }
        double[] out = new double[Math.toIntExact(shape.elements())];
        int missing = shape.rank() - x.shape().rank();
        long[] own = x.shape().strides();
        long[] steps = new long[shape.rank()];
        for (int i = 0; i < own.length; i++) {
            steps[missing + i] = x.shape().dim(i) == 1 ? 0 : own[i];
        }
        ReferenceLayout.gather(x.data(), 0, steps, shape, out);
        return out;
    }
}
