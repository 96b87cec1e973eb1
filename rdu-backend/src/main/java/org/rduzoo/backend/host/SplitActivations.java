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
        Rewriter rewriter = new Rewriter(graph);
        for (Node node : graph.nodes()) {
            Op op = Ops.mapOperands(node.op(), rewriter::map);
            if (op instanceof Linear(var x, var weight, var bias, var activation)
                    && activation.filter(a -> !Products.ACTIVATIONS.contains(a)).isPresent()) {
                Value sum = rewriter.emit(new Linear(x, weight, bias, Optional.empty()), node);
                rewriter.replace(node.result(), rewriter.emit(new Unary(activation.get(), sum), node));
            } else if (op instanceof Conv c
                    && c.activation()
                            .filter(a -> !Products.ACTIVATIONS.contains(a))
                            .isPresent()) {
                Value sum = rewriter.emit(
                        new Conv(
                                c.x(),
                                c.weight(),
                                c.scale(),
                                c.bias(),
                                Optional.empty(),
                                c.stride(),
                                c.padding(),
                                c.dilation(),
                                c.groups()),
                        node);
                rewriter.replace(
                        node.result(), rewriter.emit(new Unary(c.activation().get(), sum), node));
            } else {
                rewriter.copy(node);
            }
        }
        return rewriter.finish();
    }
}
