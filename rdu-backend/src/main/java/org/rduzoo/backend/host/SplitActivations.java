package org.rduzoo.backend.host;

import java.util.Optional;
import org.rduzoo.backend.host.gemm.Products;
import org.rduzoo.ir.Convolution.Conv;
import org.rduzoo.ir.Elementwise.Unary;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Op;
import org.rduzoo.ir.Ops;
import org.rduzoo.ir.Pass;
import org.rduzoo.ir.Product.Linear;
import org.rduzoo.ir.Rewriter;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.ir.Value;

/// Takes out of products the activations that this engine's products do not compute.
///
/// Before: `%2 = linear(%0, %1) {activation=exp}`   After: `%2 = linear(%0, %1); %3 = exp(%2)`
record SplitActivations() implements Pass {

    @Override
    public String name() {
        return "split-activations";
    }

    @Override
    public Graph run(Graph graph) {
        if (graph.nodes().stream().allMatch(n -> activation(n.op()).isEmpty())) {
            return graph;
        }
        Rewriter rewriter = new Rewriter(graph);
        for (Node node : graph.nodes()) {
            Optional<UnaryFn> activation = activation(node.op());
            if (activation.isEmpty()) {
                rewriter.copy(node);
            } else {
                Value sum = rewriter.emit(without(Ops.mapOperands(node.op(), rewriter::map)), node);
                rewriter.replace(node.result(), rewriter.emit(new Unary(activation.get(), sum), node));
            }
        }
        return rewriter.finish();
    }

    /// The activation of a product, if it has one that the engine's products do not compute.
    private static Optional<UnaryFn> activation(Op op) {
        Optional<UnaryFn> activation = op instanceof Linear linear
                ? linear.activation()
                : op instanceof Conv conv ? conv.activation() : Optional.empty();
        return activation.filter(a -> !Products.ACTIVATIONS.contains(a));
    }

    private static Op without(Op op) {
        if (op instanceof Linear(var x, var weight, var bias, var _)) {
            return new Linear(x, weight, bias, Optional.empty());
        }
        Conv c = (Conv) op;
        return new Conv(
                c.x(),
                c.weight(),
                c.scale(),
                c.bias(),
                Optional.empty(),
                c.stride(),
                c.padding(),
                c.dilation(),
                c.groups());
    }
}
