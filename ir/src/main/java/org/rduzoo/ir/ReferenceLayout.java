package org.rduzoo.ir;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/// The meaning of [Layout] and [Lookup] operations.
final class ReferenceLayout {

    private ReferenceLayout() {}

    static double[] evaluate(Layout op, Function<Value, Dense> in) {
        return switch (op) {
            case Layout.Constant(Dense value) -> value.data();
            case Layout.Reshape(Value x, var _) -> in.apply(x).data();
            case Layout.Transpose(Value x, List<Integer> permutation) -> transpose(in.apply(x), permutation);
            case Layout.Broadcast(Value x, Shape shape) -> ReferenceElementwise.stretch(in.apply(x), shape);
            case Layout.Slice(Value x, int axis, int start, int length) -> slice(in.apply(x), axis, start, length);
            case Layout.Concat(List<Value> parts, int axis) ->
                concat(parts.stream().map(in).toList(), axis);
        };
    }

    static double[] evaluate(Lookup op, Function<Value, Dense> in) {
        return switch (op) {
            case Lookup.Embedding(Value table, Value ids, var _) -> embedding(in.apply(table), in.apply(ids));
        };
    }

    private static double[] transpose(Dense x, List<Integer> permutation) {
        long[] own = x.shape().strides();
        long[] steps = permutation.stream().mapToLong(i -> own[i]).toArray();
        Shape shape = Shape.of(permutation.stream().mapToInt(x.shape()::dim).toArray());
        double[] out = new double[x.data().length];
        gather(x.data(), 0, steps, shape, out);
        return out;
    }

    private static double[] slice(Dense x, int axis, int start, int length) {
        long[] steps = x.shape().strides();
        Shape shape = x.shape().withDim(axis, length);
        double[] out = new double[Math.toIntExact(shape.elements())];
        gather(x.data(), start * steps[axis], steps, shape, out);
        return out;
    }

    private static double[] concat(List<Dense> parts, int axis) {
        Shape first = parts.getFirst().shape();
        int blocks = Math.toIntExact(first.elements(0, axis));
        double[] out = new double[parts.stream().mapToInt(p -> p.data().length).sum()];
        int at = 0;
        for (int block = 0; block < blocks; block++) {
            for (Dense part : parts) {
                int length = part.data().length / blocks;
                System.arraycopy(part.data(), block * length, out, at, length);
                at += length;
            }
        }
        return out;
    }

    private static double[] embedding(Dense table, Dense ids) {
        int rows = table.shape().dim(0);
        int width = table.shape().dim(1);
        double[] out = new double[Math.multiplyExact(ids.data().length, width)];
        for (int i = 0; i < ids.data().length; i++) {
            int row = index(ids, i, rows, "id", "the table's rows");
            System.arraycopy(table.data(), row * width, out, i * width, width);
        }
        return out;
    }

    /// Entry `i` of `indices`, which must be below `bound`.
    static int index(Dense indices, int i, int bound, String what, String of) {
        double index = indices.data()[i];
        if (!(index >= 0 && index < bound)) {
            throw new IllegalArgumentException("%s %.0f at %s is none of %s, 0 to %d"
                    .formatted(what, index, place(indices.shape(), i), of, bound - 1));
        }
        return (int) index;
    }

    /// The coordinates of element `i`.
    private static String place(Shape shape, int i) {
        int[] place = new int[shape.rank()];
        int rest = i;
        for (int axis = place.length - 1; axis >= 0; axis--) {
            place[axis] = rest % shape.dim(axis);
            rest /= shape.dim(axis);
        }
        return Arrays.toString(place);
    }

    /// Fills `out`, of `shape`, with the elements that lie in `data` at `offset` plus the coordinates times `steps`.
    static void gather(double[] data, long offset, long[] steps, Shape shape, double[] out) {
        int[] place = new int[shape.rank()];
        long from = offset;
        for (int i = 0; i < out.length; i++) {
            out[i] = data[(int) from];
            for (int axis = place.length - 1; axis >= 0; axis--) {
                from += steps[axis];
                if (++place[axis] < shape.dim(axis)) {
                    break;
                }
                from -= steps[axis] * shape.dim(axis);
                place[axis] = 0;
            }
        }
    }
}
