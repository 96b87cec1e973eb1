package org.rduzoo.ir.grad;

import org.rduzoo.ir.Node;
import org.rduzoo.ir.Positional;
import org.rduzoo.ir.Positional.CacheWrite;
import org.rduzoo.ir.Positional.LastRow;
import org.rduzoo.ir.Positional.Rope;
import org.rduzoo.ir.Positional.RopeAngles;
import org.rduzoo.ir.UnaryFn;
import org.rduzoo.ir.Value;

/// The gradients of [Positional].
final class PositionalGradients {

    private PositionalGradients() {}

    static void propagate(Positional op, Node node, Adjoints to) {
        switch (op) {
            case Rope(Value x, Value cos, Value sin) -> {
                if (to.isNeeded(cos) || to.isNeeded(sin)) {
                    throw NoGradient.of(node, "its angles are taken as given");
                }
                // The opposite turn.
                Value g = to.of(node.result()).orElseThrow();
                to.add(x, to.emit(new Rope(g, cos, to.unary(UnaryFn.NEG, sin))));
            }
            case RopeAngles _ -> throw NoGradient.of(node, "its frequencies are taken as given");
            case CacheWrite _ -> throw NoGradient.of(node, "a cache serves inference");
            case LastRow _ -> throw NoGradient.of(node, "training takes every row");
        }
    }
}
