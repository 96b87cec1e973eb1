package org.rduzoo.ir.grad;

import org.rduzoo.ir.DType;
import org.rduzoo.ir.Gradient.EmbeddingGradient;
import org.rduzoo.ir.Lookup;
import org.rduzoo.ir.Lookup.Embedding;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Value;

/// The gradients of [Lookup].
final class LookupGradients {

    private LookupGradients() {}

    static void propagate(Lookup op, Node node, Adjoints to) {
        Value g = to.of(node.result()).orElseThrow();
        switch (op) {
            case Embedding(Value table, Value ids, var padding) ->
                to.add(
                        table,
                        to.emit(new EmbeddingGradient(
                                to.cast(g, DType.F32), ids, table.type().dim(0), padding)));
        }
    }
}
