package org.rduzoo.ir.grad;

import java.util.List;
import java.util.Optional;
import org.rduzoo.ir.Gradient.LayerNormGradient;
import org.rduzoo.ir.Gradient.RmsNormGradient;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Normalization;
import org.rduzoo.ir.Normalization.LayerNorm;
import org.rduzoo.ir.Normalization.RmsNorm;
import org.rduzoo.ir.Value;

/// The gradients of [Normalization].
final class NormalizationGradients {

    private NormalizationGradients() {}

    static void propagate(Normalization op, Node node, Adjoints to) {
        Value g = to.of(node.result()).orElseThrow();
        switch (op) {
            case LayerNorm(Value x, Optional<Value> weight, Optional<Value> bias, double epsilon) -> {
                List<Value> gradients = to.emitAll(new LayerNormGradient(x, weight, g, epsilon));
                to.add(x, gradients.get(0));
                weight.ifPresent(w -> to.add(w, gradients.get(1)));
                bias.ifPresent(b -> to.add(b, gradients.get(2)));
            }
            case RmsNorm(Value x, Optional<Value> weight, double epsilon) -> {
                List<Value> gradients = to.emitAll(new RmsNormGradient(x, weight, g, epsilon));
                to.add(x, gradients.get(0));
                weight.ifPresent(w -> to.add(w, gradients.get(1)));
            }
        }
    }
}
