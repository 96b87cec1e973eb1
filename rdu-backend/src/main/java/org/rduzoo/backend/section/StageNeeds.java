package org.rduzoo.backend.section;

import java.util.List;
import java.util.function.Predicate;
import org.rduzoo.ir.Convolution;
import org.rduzoo.ir.Elementwise;
import org.rduzoo.ir.Gradient;
import org.rduzoo.ir.ImageGradient;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.Reduction;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.Value;

/// What an operation needs of memory units and memories beyond a tile of each operand.
final class StageNeeds {

    /// Passes over the scores between the parts of an attention that is not fused: scores to memory and back, their
    /// softmax to memory and back.
    private static final int UNFUSED_PASSES = 4;

    /// The same for its gradient: that of the softmax to memory and back, and the softmax again; that of the scores to
    /// memory, and back for two products.
    private static final int UNFUSED_GRADIENT_PASSES = 6;

    private StageNeeds() {}

    /// Whether the result of a node is its first operand in another order or form.
    static boolean isView(Node node) {
        return switch (node.op()) {
            case Layout.Reshape _, Layout.Transpose _, Layout.Broadcast _, Elementwise.Cast _ -> true;
            default -> false;
        };
    }

    static boolean isProduct(Node node) {
        return node.op() instanceof Product || node.op() instanceof Convolution;
    }

    /// Whether a product of two activations rather keeps its sums than its right side: whichever is smaller.
    static boolean holdsResult(Product.MatMul m) {
        Type result = m.infer().getFirst();
        return result.rank() == 2 && result.bytes() < OpCost.bytes(m.rhs());
    }

    /// The node as it stands in every layer: which one it is that drops out is an argument of its program.
    static Node ofAnyLayer(Node node) {
        Op op = switch (node.op()) {
            case Elementwise.Dropout d -> new Elementwise.Dropout(d.x(), d.seed(), d.probability(), 0);
            case Product.Attention a -> ofAnyLayer(a);
            case Gradient.AttentionGradient a ->
                Gradient.AttentionGradient.of(ofAnyLayer(a.forward()), a.out(), a.logSum(), a.gradient());
            default -> node.op();
        };
        return new Node(op, node.results(), node.section());
    }

    private static Product.Attention ofAnyLayer(Product.Attention a) {
        return a.layer().isEmpty()
                ? a
                : a.dropping(a.seed().orElseThrow(), a.probability().orElseThrow(), 0);
    }

    /// How a node takes a value.
    ///
    /// @param is whether an operand has the bytes of that value
    static Operand operand(Node node, Predicate<Value> is) {
        return switch (node.op()) {
            case Product.MatMul m -> side(is, List.of(m.lhs()), List.of(m.rhs()));
            case Product.Linear l -> side(is, List.of(l.x()), List.of(l.weight()));
            case Product.Attention a -> side(is, List.of(a.q()), List.of(a.k(), a.v()));
            case Gradient.AttentionGradient a -> side(is, List.of(a.q(), a.gradient()), List.of(a.k(), a.v()));
            case Convolution.Conv c -> side(is, List.of(c.x()), List.of(c.weight()));
            case Convolution.ConvTranspose c -> side(is, List.of(c.x()), List.of(c.weight()));
            case ImageGradient.ConvWeightGradient c -> side(is, List.of(c.narrow()), List.of(c.wide()));
            default -> Operand.ONCE;
        };
    }

    private static Operand side(Predicate<Value> is, List<Value> left, List<Value> right) {
        if (right.stream().anyMatch(is)) {
            return Operand.RIGHT;
        }
        return left.stream().anyMatch(is) ? Operand.LEFT : Operand.ONCE;
    }

    /// Bytes of an operand that a stage must hold at once, beyond a tile: keys and values of a batch row, and the right
    /// side of a product of two activations.
    static long held(Node node, Value operand) {
        return switch (node.op()) {
            case Product.Attention a
            when operand == a.k() || operand == a.v() ->
                OpCost.ceil(OpCost.bytes(operand), Math.max(1, operand.type().dim(0)));
            case Gradient.AttentionGradient a
            when operand == a.k() || operand == a.v() ->
                OpCost.ceil(OpCost.bytes(operand), Math.max(1, operand.type().dim(0)));
            case Product.MatMul m
            when operand == m.rhs() && !holdsResult(m) -> {
                Type t = operand.type();
                yield OpCost.times(t.dim(-1), t.dim(-2), t.dtype().bytes());
            }
            default -> 0;
        };
    }

    /// Bytes that go to memory and come back between the parts of a large operation, where each is a section.
    ///
    /// @param softmax bytes of an attention's softmax
    /// @param chips that share the work
    static long aside(Node node, long softmax, boolean training, int chips) {
        return switch (node.op()) {
            case Product.Attention _ -> (training ? UNFUSED_PASSES - 1 : UNFUSED_PASSES) * softmax;
            case Gradient.AttentionGradient _ -> UNFUSED_GRADIENT_PASSES * softmax;
            case Reduction.CrossEntropy c -> OpCost.ceil(OpCost.bytes(c.logits()), chips);
            case Gradient.CrossEntropyGradient c -> 2 * OpCost.ceil(OpCost.bytes(c.logits()), chips);
            default -> 0;
        };
    }
}
