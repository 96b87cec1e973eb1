package org.rduzoo.ir.grad;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rduzoo.ir.ChannelNorm;
import org.rduzoo.ir.Convolution;
import org.rduzoo.ir.Elementwise;
import org.rduzoo.ir.Gradient;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.GraphBuilder;
import org.rduzoo.ir.ImageGradient;
import org.rduzoo.ir.Layout;
import org.rduzoo.ir.Lookup;
import org.rduzoo.ir.Node;
import org.rduzoo.ir.Normalization;
import org.rduzoo.ir.Optimizer;
import org.rduzoo.ir.Positional;
import org.rduzoo.ir.Product;
import org.rduzoo.ir.Reduction;
import org.rduzoo.ir.Sampling;
import org.rduzoo.ir.Value;

/// The backward pass: adds to a graph the gradients of what it yields, in reverse order of its nodes.
///
/// It runs on the graph as it was traced, in f32, before anything is rounded or joined: so each rule knows one form of
/// its operation, and the precision pass decides about forward and backward together. Only what a wanted gradient
/// depends on is written. Each family of operations has its rules in a class of its own; to give a new operation its
/// gradient, add a case there and let [Adjoints#add] have the gradient by each operand. An operation without one throws
/// [NoGradient], which happens only where a gradient would have to pass it.
public final class Backward {

    private Backward() {}

    /// Adds the gradients by `wanted` to a graph that is being built.
    ///
    /// @param nodes all nodes so far, in order
    /// @param seeds values that the loss is a function of, and its gradient by each
    /// @return the gradient by each wanted value on which a seeded one depends, in the order of `wanted`
    /// @throws NoGradient when an operation in between has none
    public static Map<Value, Value> extend(
            GraphBuilder builder, List<Node> nodes, Map<Value, Value> seeds, Collection<Value> wanted) {
        Adjoints adjoints = new Adjoints(builder, nodes, wanted);
        seeds.forEach(adjoints::add);
        for (Node node : nodes.reversed()) {
            if (node.results().stream().anyMatch(v -> adjoints.of(v).isPresent())) {
                adjoints.at(node);
                propagate(node, adjoints);
            }
        }
        Map<Value, Value> gradients = new LinkedHashMap<>();
        wanted.forEach(v -> adjoints.of(v).ifPresent(g -> gradients.put(v, g)));
        return gradients;
    }

    /// A graph that yields all that `forward` does, and as `grads.NAME` the gradient of the sum of
    /// `output · output.sn_grad` by the inputs and parameters of these names. `output.sn_grad` is a new input.
    ///
    /// @throws NoGradient when one has no gradient, or the output does not depend on it
    public static Graph gradients(Graph forward, String output, Collection<String> names) {
        Extension joint = new Extension(forward);
        Value loss = joint.lossOf(output);
        Value seed = joint.builder().input(Extension.gradientInput(output), Graph.Kind.INPUT, loss.type());
        joint.copyNodes();
        List<Value> wanted = names.stream().map(joint::input).toList();
        Map<Value, Value> gradients = extend(joint.builder(), joint.nodes(), Map.of(joint.map(loss), seed), wanted);
        joint.copyOutputs();
        for (String name : names) {
            Value gradient = Optional.ofNullable(gradients.get(joint.input(name)))
                    .orElseThrow(() -> new NoGradient(
                            "output %s of graph %s does not depend on %s.".formatted(output, forward.name(), name)));
            joint.builder().output(TrainingGraph.gradientName(name), gradient);
        }
        return joint.builder().build();
    }

    private static void propagate(Node node, Adjoints to) {
        switch (node.op()) {
            case Elementwise op -> ElementwiseGradients.propagate(op, node, to);
            case Layout op -> LayoutGradients.propagate(op, node, to);
            case Reduction op -> ReductionGradients.propagate(op, node, to);
            case Product op -> ProductGradients.propagate(op, node, to);
            case Normalization op -> NormalizationGradients.propagate(op, node, to);
            case Lookup op -> LookupGradients.propagate(op, node, to);
            case Positional op -> PositionalGradients.propagate(op, node, to);
            case Convolution op -> ConvolutionGradients.propagate(op, node, to);
            case Sampling op -> SamplingGradients.propagate(op, node, to);
            case ChannelNorm op -> ChannelNormGradients.propagate(op, node, to);
            case Gradient _, ImageGradient _, Optimizer _ -> throw NoGradient.of(node, "it belongs to a backward pass");
        }
    }
}
