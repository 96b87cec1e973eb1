package org.rduzoo.ir.grad;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.rduzoo.ir.BinaryFn;
import org.rduzoo.ir.CompareFn;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Elementwise.Binary;
import org.rduzoo.ir.Elementwise.Cast;
import org.rduzoo.ir.Elementwise.Compare;
import org.rduzoo.ir.Elementwise.Select;
import org.rduzoo.ir.Elementwise.Unary;
import org.rduzoo.ir.GraphBuilder;
import org.rduzoo.ir.Layout.Broadcast;
import org.rduzoo.ir.Layout.Constant;
import org.rduzoo.ir.Layout.Reshape;
import org.rduzoo.ir.Layout.Transpose;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Product.MatMul;
import org.rduzoo.ir.ReduceFn;
import org.rduzoo.ir.Reduction.Reduce;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Shape;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.ir.Value;

/// The gradients of the loss by the values of a graph, as far as they are known while the graph is walked from its end;
/// and what the rules write new nodes with, each at the model path of the node that is being differentiated.
final class Adjoints {

    private final GraphBuilder builder;
    private final Set<Value> needed = new HashSet<>();
    private final Map<Value, Value> gradients = new HashMap<>();
    private String path = "";

    /// @param nodes all nodes of the graph, in order
    /// @param wanted the values whose gradients are asked for
    Adjoints(GraphBuilder builder, List<Node> nodes, Iterable<Value> wanted) {
        this.builder = builder;
        wanted.forEach(needed::add);
        for (Node node : nodes) {
            if (node.operands().stream().anyMatch(needed::contains)) {
                node.results().stream().filter(v -> v.dtype().isFloat()).forEach(needed::add);
            }
        }
    }

    /// Whether the gradient by a value is asked for, or another depends on it.
    boolean isNeeded(Value value) {
        return needed.contains(value);
    }

    /// Says whose gradient the nodes to come are.
    void at(Node node) {
        path = node.path();
    }

    /// The gradient by a value, if the loss depends on it.
    Optional<Value> of(Value value) {
        return Optional.ofNullable(gradients.get(value));
    }

    /// Adds to the gradient by `operand`, which has the same shape; a cast fits the element type.
    void add(Value operand, Value gradient) {
        if (isNeeded(operand)) {
            gradients.merge(operand, cast(gradient, operand.dtype()), (a, b) -> binary(BinaryFn.ADD, a, b));
        }
    }

    /// [#add] for an operand that was stretched to the gradient's shape.
    void addStretched(Value operand, Value gradient) {
        if (isNeeded(operand)) {
            add(operand, sumTo(operand.shape(), gradient));
        }
    }

    Value emit(Op op) {
        return builder.addOne(op, path, SectionType.BCKWD);
    }

    List<Value> emitAll(Op op) {
        return builder.add(op, path, SectionType.BCKWD);
    }

    Value unary(UnaryFn fn, Value x) {
        return emit(new Unary(fn, x));
    }

    Value binary(BinaryFn fn, Value a, Value b) {
        return emit(new Binary(fn, a, b));
    }

    Value times(Value a, Value b) {
        return binary(BinaryFn.MUL, a, b);
    }

    Value times(Value a, double factor) {
        return times(a, number(a.dtype(), factor));
    }

    Value plus(Value a, double summand) {
        return binary(BinaryFn.ADD, a, number(a.dtype(), summand));
    }

    /// `number − a`
    Value from(double number, Value a) {
        return binary(BinaryFn.SUB, number(a.dtype(), number), a);
    }

    /// `then` where the comparison holds, else `otherwise`.
    Value where(CompareFn fn, Value a, Value b, Value then, Value otherwise) {
        return emit(new Select(emit(new Compare(fn, a, b)), then, otherwise));
    }

    Value number(DType dtype, double x) {
        return emit(new Constant(Dense.scalar(dtype, dtype.round(x))));
    }

    Value zeros(Type type) {
        return stretch(number(type.dtype(), 0), type.shape());
    }

    Value cast(Value x, DType dtype) {
        return x.dtype() == dtype ? x : emit(new Cast(x, dtype));
    }

    Value reshape(Value x, Shape shape) {
        return x.shape().equals(shape) ? x : emit(new Reshape(x, shape));
    }

    Value stretch(Value x, Shape shape) {
        return x.shape().equals(shape) ? x : emit(new Broadcast(x, shape));
    }

    Value sum(Value x, List<Integer> axes, boolean keepDims) {
        return emit(new Reduce(ReduceFn.SUM, x, axes, keepDims));
    }

    Value product(Value lhs, Value rhs) {
        return emit(new MatMul(lhs, rhs));
    }

    /// The last two dimensions in each other's place.
    Value turned(Value x) {
        int rank = x.type().rank();
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, rank - 2).boxed().toList());
        order.addAll(List.of(rank - 1, rank - 2));
        return emit(new Transpose(x, order));
    }

    /// All rows of `x` as one matrix.
    Value matrix(Value x) {
        int rank = x.type().rank();
        return reshape(
                x,
                Shape.of(
                        Math.toIntExact(x.shape().elements(0, rank - 1)),
                        x.type().dim(-1)));
    }

    /// The sums of what a value of `shape` was stretched to.
    Value sumTo(Shape shape, Value stretched) {
        int added = stretched.type().rank() - shape.rank();
        List<Integer> axes = IntStream.range(0, stretched.type().rank())
                .filter(i -> i < added
                        || (shape.dim(i - added) == 1 && stretched.type().dim(i) != 1))
                .boxed()
                .toList();
        return axes.isEmpty() ? stretched : reshape(sum(stretched, axes, false), shape);
    }
}
