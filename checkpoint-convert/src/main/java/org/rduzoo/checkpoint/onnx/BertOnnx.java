package org.rduzoo.checkpoint.onnx;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.checkpoint.HfFolder;
import org.rduzoo.checkpoint.Json;
import org.rduzoo.checkpoint.Named;
import org.rduzoo.checkpoint.SideFile;
import org.rduzoo.checkpoint.Transposed;
import org.rduzoo.checkpoint.WeightTable;
import org.rduzoo.checkpoint.onnx.OnnxModel.Graph;
import org.rduzoo.checkpoint.onnx.OnnxModel.Node;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.Weights.Weight;
import tools.jackson.databind.node.ObjectNode;

/// The weights of a BERT encoder under their own names.
///
/// An exporter keeps the names of biases, norms and embeddings, but turns each linear layer's matrix around and calls it
/// something like `onnx::MatMul_787`. Which layer it is of, the node that multiplies by it still says:
/// `/encoder/layer.0/attention/self/query/MatMul`.
public final class BertOnnx {

    private BertOnnx() {}

    /// Whether this is a model that [#weights] can name.
    public static boolean isBert(OnnxModel model) {
        return model.graph().initializers().keySet().stream()
                .anyMatch(n -> n.endsWith("embeddings.word_embeddings.weight"));
    }

    /// The model in `file` as a checkpoint; closing it closes `file`.
    ///
    /// @param files what lies beside it, such as the tokenizer; a `config.json` among them is believed
    /// @throws UserError when something that the model must have is missing, or is there that it cannot have
    public static Checkpoint checkpoint(OnnxFile file, Map<String, SideFile> files) {
        Map<String, SideFile> others = new HashMap<>(files);
        SideFile given = others.remove(HfFolder.CONFIG);
        ObjectNode config = given == null
                ? BertGraph.config(file)
                : Json.read(HfFolder.CONFIG + " beside " + file.source(), given.bytes());
        config.put("add_pooling_layer", hasPooler(file));
        return new Checkpoint(Checkpoint.Format.ONNX, weights(file), config, others);
    }

    private static boolean hasPooler(OnnxFile file) {
        return file.model().graph().initializers().containsKey("pooler.dense.bias");
    }

    private static Weights weights(OnnxFile file) {
        Graph graph = file.model().graph();
        Map<String, String> moduleOf = new HashMap<>();
        for (Node node : graph.nodes()) {
            if (node.opType().equals("MatMul") && node.inputs().size() == 2) {
                String matrix = node.inputs().get(1);
                if (graph.initializers().containsKey(matrix)) {
                    moduleOf.put(matrix, module(file, node));
                }
            }
        }
        List<Weight> weights = new ArrayList<>();
        graph.initializers().forEach((name, tensor) -> {
            String module = moduleOf.get(name);
            if (module != null && tensor.type().rank() == 2) {
                weights.add(transposed(module + ".weight", tensor, file.source()));
            } else if (!isBuffer(name)) {
                weights.add(new Weight(name, tensor.type(), file.source(), tensor.data()));
            }
        });
        checkComplete(file, weights);
        return WeightTable.of(file.source(), weights, file);
    }

    /// The path of the layer that a node belongs to: `/encoder/layer.0/output/dense/MatMul` gives
    /// `encoder.layer.0.output.dense`.
    private static String module(OnnxFile file, Node node) {
        String name = node.name();
        int end = name.lastIndexOf('/');
        if (end <= 0) {
            throw new UserError(file.source() + ": the node that multiplies by " + Named.shortened(node.inputs().get(1))
                    + " is named \"" + Named.shortened(name) + "\", which does not say what layer it belongs to. "
                    + "Export the model again with a version that keeps such names (PyTorch 1.13 and later).");
        }
        return name.substring(name.startsWith("/") ? 1 : 0, end).replace('/', '.');
    }

    /// Positions `0, 1, …` are stored by some exports; they are no weights.
    private static boolean isBuffer(String name) {
        return name.endsWith("embeddings.position_ids") || name.endsWith("embeddings.token_type_ids");
    }

    private static Weight transposed(String name, OnnxTensor tensor, String source) {
        int rows = tensor.type().dim(0);
        int columns = tensor.type().dim(1);
        Supplier<MemorySegment> stored = tensor.data();
        int width = tensor.type().dtype().bytes();
        return new Weight(
                name,
                Type.of(tensor.type().dtype(), columns, rows),
                source,
                () -> Transposed.matrix(stored.get(), rows, columns, width));
    }

    private static void checkComplete(OnnxFile file, List<Weight> weights) {
        Set<String> expected = expected(file);
        Set<String> found = new LinkedHashSet<>();
        weights.forEach(w -> found.add(w.name()));
        for (String name : expected) {
            if (!found.contains(name)) {
                throw new UserError(file.source() + " has no " + Named.tensor(name)
                        + ", which a BERT of these sizes must have. The nearest there: "
                        + String.join(", ", Nearest.of(name, found, 3)) + ".");
            }
        }
        for (String name : found) {
            if (!expected.contains(name)) {
                throw new UserError(file.source() + " has " + Named.tensor(name)
                        + ", which a BERT encoder does not have. The nearest that it has: "
                        + String.join(", ", Nearest.of(name, expected, 3))
                        + ". Only exports of the base encoder are supported.");
            }
        }
    }

    private static Set<String> expected(OnnxFile file) {
        Set<String> names = new LinkedHashSet<>();
        for (String table : List.of("word_embeddings", "position_embeddings", "token_type_embeddings")) {
            names.add("embeddings." + table + ".weight");
        }
        linear(names, "embeddings.LayerNorm");
        for (int i = 0; i < BertGraph.layers(file); i++) {
            for (String part : BertGraph.LAYER_PARTS) {
                linear(names, "encoder.layer." + i + "." + part);
            }
        }
        if (hasPooler(file)) {
            linear(names, "pooler.dense");
        }
        return names;
    }

    private static void linear(Set<String> names, String module) {
        names.add(module + ".weight");
        names.add(module + ".bias");
    }
}
