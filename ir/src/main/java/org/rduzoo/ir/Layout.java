package org.rduzoo.ir;

import static org.rduzoo.ir.IllTyped.unless;

import java.util.List;

/// Operations that move elements and compute nothing, and constants.
public sealed interface Layout extends Op {

    /// A tensor known when the graph is built.
    ///
    /// - C1: it has at most [#MAX_ELEMENTS] elements. What is larger is a parameter, or the broadcast of a scalar.
    record Constant(Dense value) implements Layout {

        /// The bound keeps graphs small, and a graph's text from claiming memory that its length does not pay for.
        public static final int MAX_ELEMENTS = 1 << 22;

        @Override
        public List<Type> infer() {
            unless(value.type().elements() <= MAX_ELEMENTS, this, "C1", "it has at most MAX_ELEMENTS elements");
            return List.of(value.type());
        }
    }

    /// The same elements, in row-major order, under another shape.
    ///
    /// - C1: the number of elements stays.
    record Reshape(Value x, Shape shape) implements Layout {
        @Override
        public List<Type> infer() {
            unless(x.type().elements() == shape.elements(), this, "C1", "the number of elements stays");
            return List.of(x.type().withShape(shape));
        }
    }

    /// Dimension `i` of the result is dimension `permutation[i]` of the operand.
    ///
    /// - C1: `permutation` names each dimension once.
    record Transpose(Value x, List<Integer> permutation) implements Layout {
        @Override
        public List<Type> infer() {
            boolean[] named = new boolean[x.type().rank()];
            int[] dims = new int[named.length];
            boolean each = permutation.size() == named.length;
            for (int i = 0; each && i < dims.length; i++) {
                int axis = permutation.get(i);
                each = axis >= 0 && axis < named.length && !named[axis];
                if (each) {
                    named[axis] = true;
                    dims[i] = x.type().dim(axis);
                }
            }
            unless(each, this, "C1", "the permutation names each dimension once");
            return List.of(x.type().withShape(Shape.of(dims)));
        }
    }

    /// Repeats dimensions of 1, and missing ones in front, to `shape`.
    ///
    /// - C1: the operand's shape stretches to `shape`.
    record Broadcast(Value x, Shape shape) implements Layout {
        @Override
        public List<Type> infer() {
            unless(x.shape().broadcastsTo(shape), this, "C1", "the operand's shape stretches to the attribute's");
            return List.of(x.type().withShape(shape));
        }
    }

    /// `length` places along `axis` from `start` on.
    ///
    /// - C1: `axis` is a dimension of the operand.
    /// - C2: `0 <= start`, `0 <= length` and `start + length` is at most the dimension.
    record Slice(Value x, int axis, int start, int length) implements Layout {
        @Override
        public List<Type> infer() {
            unless(axis >= 0 && axis < x.type().rank(), this, "C1", "axis is a dimension of the operand");
            unless(
                    start >= 0
                            && length >= 0
                            && (long) start + length <= x.type().dim(axis),
                    this,
                    "C2",
                    "start and length stay within the dimension");
            return List.of(x.type().withDim(axis, length));
        }
    }

    /// The operands one behind the other along `axis`.
    ///
    /// - C1: there is an operand, and `axis` is one of its dimensions.
    /// - C2: element types, and dimensions but `axis`, are the same.
    /// - C3: the joined dimension is an `int`.
    record Concat(List<Value> parts, int axis) implements Layout {
        @Override
        public List<Type> infer() {
            unless(
                    !parts.isEmpty()
                            && axis >= 0
                            && axis < parts.getFirst().type().rank(),
                    this,
                    "C1",
                    "there is an operand, and axis is one of its dimensions");
            Type first = parts.getFirst().type();
            long size = 0;
            for (Value p : parts) {
                unless(
                        p.type().rank() == first.rank()
                                && p.type().withDim(axis, first.dim(axis)).equals(first),
                        this,
                        "C2",
                        "element types, and dimensions but axis, are the same");
                size += p.type().dim(axis);
            }
            unless(size <= Integer.MAX_VALUE, this, "C3", "the joined dimension is an int");
            return List.of(first.withDim(axis, (int) size));
        }
    }
}
