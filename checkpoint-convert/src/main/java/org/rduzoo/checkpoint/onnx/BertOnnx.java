package org.rduzoo.checkpoint.onnx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.checkpoint.onnx.OnnxModel.Graph;
import org.rduzoo.checkpoint.onnx.OnnxModel.Node;
import org.rduzoo.checkpoint.tensor.TensorRules;
import org.rduzoo.checkpoint.tensor.TensorRules.Rule;
import org.rduzoo.checkpoint.tensor.WeightTable;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.Weights.Weight;
import tools.jackson.databind.node.ObjectNode;

/// A BERT encoder from ONNX: its weights under their own names, and its config from the graph.
///
/// An exporter keeps the names of biases, norms and embeddings, but turns each linear layer's matrix around and calls
/// it something like `onnx::MatMul_787`. Which layer it is of, the node that multiplies by it still says:
/// `/encoder/layer.0/attention/self/query/MatMul`. Such a matrix is called
/// `encoder.layer.0.attention.self.query.MatMul` in the rules.
///
/// @param weights as in a Hugging Face folder; closing them closes the file
/// @param config what `config.json` would say
public record BertOnnx(Weights weights, ObjectNode config) {

    private static final String PRODUCT = ".MatMul";

    private static final List<String> EMBEDDINGS = List.of(
            "embeddings.word_embeddings.weight",
            "embeddings.position_embeddings.weight",
            "embeddings.token_type_embeddings.weight",
            "embeddings.LayerNorm.weight",
            "embeddings.LayerNorm.bias");

    private static final List<String> LINEAR = List.of(
            "attention.self.query",
            "attention.self.key",
            "attention.self.value",
            "attention.output.dense",
            "intermediate.dense",
            "output.dense");

    private static final List<String> NORMS = List.of("attention.output.LayerNorm", "output.LayerNorm");

    private static final String POOLER = "pooler.dense";

    /// What an export's tensors are in a Hugging Face folder.
    static final TensorRules RULES = rules();

    private static TensorRules rules() {
        List<Rule> rules = new ArrayList<>();
        EMBEDDINGS.forEach(name -> rules.add(Rule.same(name)));
        for (String part : LINEAR) {
            String layer = "encoder.layer.*." + part;
            rules.add(Rule.transposed(layer + PRODUCT, layer + ".weight"));
            rules.add(Rule.same(layer + ".bias"));
        }
        for (String part : NORMS) {
            rules.add(Rule.same("encoder.layer.*." + part + ".weight"));
            rules.add(Rule.same("encoder.layer.*." + part + ".bias"));
        }
        // The pooler reads one token, so that its product is exported with the matrix as it was.
        rules.add(Rule.same(POOLER + ".weight"));
        rules.add(Rule.transposed(POOLER + PRODUCT, POOLER + ".weight"));
        rules.add(Rule.same(POOLER + ".bias"));
        return TensorRules.of(rules);
    }

    /// Whether this is a model that [#of] can name the weights of.
    public static boolean isBert(OnnxModel model) {
        return model.graph().initializers().containsKey(EMBEDDINGS.getFirst());
    }

    /// The model in `file`.
    ///
    /// @param given the `config.json` beside the file, which is believed; without one, the graph tells
    /// @throws UserError when something that the model must have is missing, or is there that it cannot have
    public static BertOnnx of(OnnxFile file, Optional<ObjectNode> given) {
        ObjectNode config = given.orElseGet(() -> BertGraph.config(file));
        config.put("add_pooling_layer", hasPooler(file));
        Weights weights = RULES.apply(named(file));
        checkComplete(file, weights);
        return new BertOnnx(weights, config);
    }

    private static boolean hasPooler(OnnxFile file) {
        return file.model().graph().initializers().containsKey(POOLER + ".bias");
    }

    /// The initializers, with matrices named after the node that multiplies by them.
    private static Weights named(OnnxFile file) {
        Graph graph = file.model().graph();
        Map<String, String> moduleOf = new HashMap<>();
        for (Node node : graph.nodes()) {
            if (node.opType().equals("MatMul") && node.inputs().size() == 2) {
                String matrix = node.inputs().get(1);
                if (graph.initializers().containsKey(matrix)) {
                    String before = moduleOf.put(matrix, module(file, node));
                    if (before != null) {
                        throw new UserError(file.source() + ": " + Named.tensor(matrix) + " is used by two layers, "
                                + Named.shortened(before) + " and " + Named.shortened(module(file, node))
                                + ". Layers that share weights are not supported.");
                    }
                }
            }
        }
        List<Weight> weights = new ArrayList<>();
        Set<String> names = new HashSet<>();
        graph.initializers().forEach((stored, tensor) -> {
            String module = moduleOf.get(stored);
            String name = module == null ? stored : module + PRODUCT;
            if (!isBuffer(name)) {
                if (!names.add(name)) {
                    throw new UserError(file.source() + " has two tensors for " + Named.shortened(name)
                            + ". Export the model again.");
                }
                weights.add(new Weight(name, tensor.type(), file.source(), tensor.data()));
            }
        });
        return WeightTable.of(file.source(), weights, file);
    }

    /// The path of the layer that a node belongs to: `/encoder/layer.0/output/dense/MatMul` gives
    /// `encoder.layer.0.output.dense`.
    private static String module(OnnxFile file, Node node) {
        String name = node.name();
        int end = name.lastIndexOf('/');
        if (end <= 0) {
            throw new UserError(file.source() + ": the node that multiplies by "
                    + Named.shortened(node.inputs().get(1)) + " is named \"" + Named.shortened(name)
                    + "\", which does not say what layer it belongs to. "
                    + "Export the model again with a version that keeps such names (PyTorch 1.13 and later).");
        }
        return name.substring(name.startsWith("/") ? 1 : 0, end).replace('/', '.');
    }

    /// Positions `0, 1, …` are stored by some exports; they are no weights.
    private static boolean isBuffer(String name) {
        return name.equals("embeddings.position_ids") || name.equals("embeddings.token_type_ids");
    }

    private static void checkComplete(OnnxFile file, Weights weights) {
        List<String> expected = new ArrayList<>(EMBEDDINGS);
        for (int i = 0; i < BertGraph.layers(file); i++) {
            for (String part : LINEAR) {
                linear(expected, "encoder.layer." + i + "." + part);
            }
            for (String part : NORMS) {
                linear(expected, "encoder.layer." + i + "." + part);
            }
        }
        if (hasPooler(file)) {
            linear(expected, POOLER);
        }
        for (String name : expected) {
            if (weights.find(name).isEmpty()) {
                throw new UserError(file.source() + " has no " + Named.tensor(name)
                        + ", which a BERT of these sizes must have. The nearest there: "
                        + String.join(", ", Nearest.of(name, weights.names(), 3))
                        + ". Export the base encoder again.");
            }
        }
    }

    private static void linear(List<String> names, String module) {
        names.add(module + ".weight");
        names.add(module + ".bias");
    }
}
