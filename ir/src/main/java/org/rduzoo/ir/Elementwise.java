package org.rduzoo.ir;

import static org.rduzoo.ir.IllTyped.unless;

import java.util.List;

/// Operations that compute each element of the result from the elements at its place.
public sealed interface Elementwise extends Op {

    /// `[..] -> [..]`, a function of each element.
    ///
    /// - C1: the operand is of a float type.
    record Unary(UnaryFn fn, Value x) implements Elementwise {
        @Override
        public List<Type> infer() {
            unless(x.dtype().isFloat(), this, "C1", "the operand is of a float type");
            return List.of(x.type());
        }
    }

    /// `[..], [..] -> [..]`; dimensions of 1, and missing ones in front, stretch.
    ///
    /// - C1: both operands have the same element type, and it is not `bool`.
    /// - C2: the shapes broadcast.
    record Binary(BinaryFn fn, Value lhs, Value rhs) implements Elementwise {
        @Override
        public List<Type> infer() {
            unless(
                    lhs.dtype() == rhs.dtype() && lhs.dtype() != DType.BOOL,
                    this,
                    "C1",
                    "both operands have the same element type, and it is not bool");
            return List.of(lhs.type().withShape(broadcast(this, "C2", lhs, rhs)));
        }
    }

    /// `[..], [..] -> bool[..]`, stretching as [Binary] does.
    ///
    /// - C1: both operands have the same element type.
    /// - C2: the shapes broadcast.
    record Compare(CompareFn fn, Value lhs, Value rhs) implements Elementwise {
        @Override
        public List<Type> infer() {
            unless(lhs.dtype() == rhs.dtype(), this, "C1", "both operands have the same element type");
            return List.of(new Type(DType.BOOL, broadcast(this, "C2", lhs, rhs)));
        }
    }

    /// `bool[..], [..], [..] -> [..]`: `then` where the condition holds, else `otherwise`; all three stretch.
    ///
    /// - C1: the condition is `bool`; the others have the same element type.
    /// - C2: the shapes broadcast.
    record Select(Value condition, Value then, Value otherwise) implements Elementwise {
        @Override
        public List<Type> infer() {
            unless(
                    condition.dtype() == DType.BOOL && then.dtype() == otherwise.dtype(),
                    this,
                    "C1",
                    "the condition is bool, the others have the same element type");
            return List.of(then.type().withShape(broadcast(this, "C2", condition, then, otherwise)));
        }
    }

    /// `[..] -> dtype[..]`: the nearest number of another element type, ties to even; towards zero for integers;
    /// `bool` counts as 0 or 1.
    record Cast(Value x, DType dtype) implements Elementwise {
        @Override
        public List<Type> infer() {
            return List.of(x.type().withDType(dtype));
        }
    }

    /// `[..], i64[], f32[] -> [..]`: each element is 0 with the given probability, or else divided by one minus it.
    /// Which ones are 0 depends on the seed, the layer and the element's place alone ([DropoutNumbers]): where the
    /// element's number is below the probability. The gradient is the same operation.
    ///
    /// - C1: the operand is `f32`, the seed `i64[]`, the probability `f32[]`.
    record Dropout(Value x, Value seed, Value probability, long layer) implements Elementwise {
        @Override
        public List<Type> infer() {
            unless(
                    x.dtype() == DType.F32
                            && seed.type().equals(Type.of(DType.I64))
                            && probability.type().equals(Type.of(DType.F32)),
                    this,
                    "C1",
                    "the operand is f32, the seed i64[], the probability f32[]");
            return List.of(x.type());
        }
    }

    private static Shape broadcast(Op op, String constraint, Value... values) {
        Shape shape = Shape.SCALAR;
        for (Value v : values) {
            try {
                shape = shape.broadcast(v.shape());
            } catch (IllegalArgumentException _) {
                unless(false, op, constraint, "the shapes broadcast");
            }
        }
        return shape;
    }
}
