package org.rduzoo.ir.grad;

import org.rduzoo.ir.Node;
import org.rduzoo.ir.Ops;

/// A loss that depends on what is trained by way of an operation that has no gradient.
public final class NoGradient extends RuntimeException {

    private static final long serialVersionUID = 1;

    NoGradient(String message) {
        super(message);
    }

    static NoGradient of(Node node, String why) {
        return new NoGradient("%s%s has no gradient: %s, but the loss depends by it on what is trained."
                .formatted(Ops.name(node.op()), node.path().isEmpty() ? "" : " at " + node.path(), why));
    }
}
