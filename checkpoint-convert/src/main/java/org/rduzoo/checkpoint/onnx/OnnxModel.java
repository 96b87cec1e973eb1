package org.rduzoo.checkpoint.onnx;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rduzoo.ir.DType;

/// A model as ONNX has it: a graph, and which operator sets its nodes are taken from.
///
/// @param opsets version of each operator set by domain; the domain of the standard's own operators is the empty text
/// @param producer what wrote it, with its version
/// @param metadata free texts
public record OnnxModel(
        long irVersion, Map<String, Long> opsets, String producer, Map<String, String> metadata, Graph graph) {

    /// Nodes in topological order, and the tensors they are fed with.
    ///
    /// @param initializers the tensors stored in the model by the name under which nodes use them
    /// @param inputs what a caller feeds; old models list initializers here too
    public record Graph(
            String name,
            List<Node> nodes,
            Map<String, OnnxTensor> initializers,
            List<Port> inputs,
            List<Port> outputs) {

        /// The tensor that `value` always is: an initializer, or what a `Constant` node yields.
        public Optional<OnnxTensor> constant(String value, Map<String, Node> producers) {
            OnnxTensor tensor = initializers.get(value);
            if (tensor != null) {
                return Optional.of(tensor);
            }
            Node node = producers.get(value);
            return node != null
                            && node.opType().equals("Constant")
                            && node.attributes().get("value") instanceof Attribute.OfTensor(OnnxTensor constant)
                    ? Optional.of(constant)
                    : Optional.empty();
        }
    }

    /// One operation.
    ///
    /// @param name where it comes from, as in `/encoder/layer.0/attention/self/query/MatMul`; may be empty
    /// @param inputs names of values; an optional one that is left out is the empty text
    public record Node(
            String name,
            String domain,
            String opType,
            List<String> inputs,
            List<String> outputs,
            Map<String, Attribute> attributes) {

        /// The number in attribute `name`, or `otherwise` when it has none.
        public long attribute(String name, long otherwise) {
            return attributes.get(name) instanceof Attribute.OfInt(long value) ? value : otherwise;
        }

        /// The numbers in attribute `name`, or none.
        public List<Long> numbers(String name) {
            return attributes.get(name) instanceof Attribute.OfInts(List<Long> values) ? values : List.of();
        }
    }

    /// An input or output of the graph.
    ///
    /// @param dtype its element type, or null when it is not a tensor of a type known here
    /// @param dims each a number or the name of a size that is not fixed, such as `batch_size`
    public record Port(String name, @Nullable DType dtype, List<String> dims) {}

    /// A constant that belongs to a node.
    public sealed interface Attribute {

        record OfInt(long value) implements Attribute {}

        record OfFloat(float value) implements Attribute {}

        record OfText(String value) implements Attribute {}

        record OfTensor(OnnxTensor value) implements Attribute {}

        record OfGraph(Graph value) implements Attribute {}

        record OfInts(List<Long> values) implements Attribute {}

        record OfFloats(List<Float> values) implements Attribute {}

        record OfTexts(List<String> values) implements Attribute {}

        /// A kind that models of ours never have, by its number in the format.
        record Other(int kind) implements Attribute {}
    }
}
