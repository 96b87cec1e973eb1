package org.rduzoo.ir.grad;

import java.util.List;
import java.util.Optional;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Gradient.AttentionGradient;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.Product.Attention;
import org.rduzoo.ir.Product.Linear;
import org.rduzoo.ir.Product.MatMul;
import org.rduzoo.ir.Value;

/// The gradients of [Product].
final class ProductGradients {

    private ProductGradients() {}

    static void propagate(Product op, Node node, Adjoints to) {
        Value result = node.results().getFirst();
        Optional<Value> gradient = to.of(result);
        switch (op) {
            case MatMul matMul -> matMul(matMul, gradient.orElseThrow(), to);
            case Linear linear -> linear(linear, result, gradient.orElseThrow(), to);
            case Attention attention -> {
                if (to.of(node.results().get(1)).isPresent()) {
                    throw NoGradient.of(node, "the logarithm of its softmax's sum cannot be differentiated");
                }
                if (attention.ring()) {
                    throw NoGradient.of(node, "a cache serves inference");
                }
                if (attention.probability().stream().anyMatch(to::isNeeded)) {
                    throw NoGradient.of(node, "its dropout's probability is no function to differentiate by");
                }
                attention(attention, node, gradient.orElseThrow(), to);
            }
        }
    }

    /// A right side without dimensions in front is a weight: all rows of the left meet it in one product.
    private static void matMul(MatMul op, Value gradient, Adjoints to) {
        Value lhs = op.lhs();
        Value rhs = op.rhs();
        Value g = to.cast(gradient, lhs.dtype());
        if (rhs.type().rank() == 2) {
            if (to.isNeeded(lhs)) {
                to.add(lhs, to.reshape(to.product(to.matrix(g), to.turned(rhs)), lhs.shape()));
            }
            if (to.isNeeded(rhs)) {
                to.add(rhs, to.product(to.turned(to.matrix(lhs)), to.matrix(g)));
            }
            return;
        }
        if (to.isNeeded(lhs)) {
            to.addStretched(lhs, to.product(g, to.turned(rhs)));
        }
        if (to.isNeeded(rhs)) {
            to.addStretched(rhs, to.product(to.turned(lhs), g));
        }
    }

    private static void linear(Linear op, Value result, Value gradient, Adjoints to) {
        Value bySum = op.activation()
                .map(fn -> ElementwiseGradients.unary(fn, sum(op, to), result, gradient, to))
                .orElse(gradient);
        Value g = to.matrix(to.cast(bySum, op.x().dtype()));
        if (to.isNeeded(op.x())) {
            to.add(op.x(), to.reshape(to.product(g, op.weight()), op.x().shape()));
        }
        if (to.isNeeded(op.weight())) {
            to.add(op.weight(), to.product(to.turned(g), to.matrix(op.x())));
        }
        op.bias().ifPresent(bias -> to.addStretched(bias, bySum));
    }

    /// What the activation was applied to, computed again; unused where the derivative can be told from the result.
    private static Value sum(Linear op, Adjoints to) {
        return to.emit(new Linear(op.x(), op.weight(), op.bias(), Optional.empty()));
    }

    private static void attention(Attention op, Node node, Value gradient, Adjoints to) {
        DType dtype = op.q().dtype();
        List<Value> results = node.results();
        List<Value> gradients = to.emitAll(
                AttentionGradient.of(op, to.cast(results.get(0), dtype), results.get(1), to.cast(gradient, dtype)));
        to.add(op.q(), gradients.get(0));
        to.add(op.k(), gradients.get(1));
        to.add(op.v(), gradients.get(2));
    }
}
