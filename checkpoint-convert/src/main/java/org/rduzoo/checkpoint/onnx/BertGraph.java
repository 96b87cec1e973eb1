package org.rduzoo.checkpoint.onnx;

import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.checkpoint.onnx.OnnxModel.Attribute;
import org.rduzoo.checkpoint.onnx.OnnxModel.Graph;
import org.rduzoo.checkpoint.onnx.OnnxModel.Node;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.UserError;
import tools.jackson.databind.node.ObjectNode;

/// What the graph of a BERT encoder says about its configuration: sizes from the shapes of its weights, the number of
/// heads from where attention splits its vectors, the epsilon and the activation from the nodes that apply them.
final class BertGraph {

    private static final Pattern LAYER = Pattern.compile("encoder\\.layer\\.([0-9]{1,6})\\..*");

    private final String file;
    private final Graph graph;
    private final Map<String, Node> producers = new HashMap<>();

    private BertGraph(String file, Graph graph) {
        this.file = file;
        this.graph = graph;
        for (Node node : graph.nodes()) {
            node.outputs().forEach(o -> producers.put(o, node));
        }
    }

    /// The `config.json` of the model in `file`.
    ///
    /// @throws UserError naming what cannot be told from the graph
    static ObjectNode config(OnnxFile file) {
        return new BertGraph(file.source(), file.model().graph()).config();
    }

    /// How many encoder layers the model in `file` has.
    static int layers(OnnxFile file) {
        return new BertGraph(file.source(), file.model().graph()).layers();
    }

    private ObjectNode config() {
        OnnxTensor words = embedding("word_embeddings");
        ObjectNode config = Json.object();
        config.putArray("architectures").add("BertModel");
        config.put("model_type", "bert");
        config.put("vocab_size", words.type().dim(0));
        config.put("hidden_size", words.type().dim(1));
        config.put("num_hidden_layers", layers());
        config.put("num_attention_heads", heads(words.type().dim(1)));
        config.put("intermediate_size", intermediate());
        config.put("hidden_act", activation());
        config.put(
                "max_position_embeddings",
                embedding("position_embeddings").type().dim(0));
        config.put("type_vocab_size", embedding("token_type_embeddings").type().dim(0));
        config.put("layer_norm_eps", epsilon());
        config.put("hidden_dropout_prob", 0.1);
        config.put("attention_probs_dropout_prob", 0.1);
        config.put("initializer_range", 0.02);
        config.put("pad_token_id", 0);
        config.put("position_embedding_type", "absolute");
        config.put("torch_dtype", torchType(words.type().dtype()));
        return config;
    }

    private static String torchType(DType dtype) {
        return switch (dtype) {
            case F16 -> "float16";
            case BF16 -> "bfloat16";
            default -> "float32";
        };
    }

    private OnnxTensor embedding(String table) {
        OnnxTensor tensor = graph.initializers().get("embeddings." + table + ".weight");
        if (tensor == null || tensor.type().rank() != 2) {
            throw unknown("embeddings." + table + ".weight, a matrix,");
        }
        return tensor;
    }

    private int layers() {
        int layers = 0;
        for (String name : graph.initializers().keySet()) {
            Matcher layer = LAYER.matcher(name);
            if (layer.matches()) {
                layers = Math.max(layers, Integer.parseInt(layer.group(1)) + 1);
            }
        }
        if (layers == 0 || layers > graph.initializers().size()) {
            throw unknown("its layers, named encoder.layer.0 and so on,");
        }
        return layers;
    }

    private int intermediate() {
        OnnxTensor bias = graph.initializers().get("encoder.layer.0.intermediate.dense.bias");
        if (bias == null || bias.type().rank() != 1) {
            throw unknown("encoder.layer.0.intermediate.dense.bias, a vector,");
        }
        return bias.type().dim(0);
    }

    /// Attention reshapes `[B, T, C]` to `[B, T, heads, C / heads]`: the first such node of the first layer says how.
    private int heads(int hidden) {
        for (Node node : graph.nodes()) {
            if (node.opType().equals("Reshape")
                    && node.name().contains("layer.0/attention/")
                    && node.inputs().size() == 2) {
                OptionalInt heads = splitInto(node.inputs().get(1), hidden);
                if (heads.isPresent()) {
                    return heads.getAsInt();
                }
            }
        }
        throw unknown("the number of attention heads (a Reshape to [batch, tokens, heads, size] in layer 0)");
    }

    private OptionalInt splitInto(String shape, int hidden) {
        Optional<OnnxTensor> whole = graph.constant(shape, producers);
        Node node = producers.get(shape);
        if (whole.isPresent()
                && whole.get().type().dtype() == DType.I64
                && whole.get().type().elements() == 4) {
            long[] dims = whole.get().toLongs();
            return heads(dims[2], dims[3], hidden);
        }
        if (node != null && node.opType().equals("Concat") && node.inputs().size() == 4) {
            return heads(single(node.inputs().get(2)), single(node.inputs().get(3)), hidden);
        }
        return OptionalInt.empty();
    }

    private static OptionalInt heads(long heads, long size, int hidden) {
        boolean splits = heads > 0 && heads <= hidden && (size == -1 ? hidden % heads == 0 : heads * size == hidden);
        return splits ? OptionalInt.of((int) heads) : OptionalInt.empty();
    }

    /// The one whole number that `value` always is, or 0.
    private long single(String value) {
        return graph.constant(value, producers)
                .filter(t -> t.type().dtype() == DType.I64 && t.type().elements() == 1)
                .map(t -> t.toLongs()[0])
                .orElse(0L);
    }

    /// The number that is added under the root of the first norm, or that the norm has as an attribute.
    private double epsilon() {
        for (Node node : graph.nodes()) {
            if (!node.name().contains("embeddings/LayerNorm/")) {
                continue;
            }
            if (node.opType().equals("LayerNormalization")) {
                return node.attributes().get("epsilon") instanceof Attribute.OfFloat(float e) ? decimal(e) : 1e-5;
            }
            Node sum = node.opType().equals("Sqrt") && !node.inputs().isEmpty()
                    ? producers.get(node.inputs().getFirst())
                    : null;
            if (sum != null && sum.opType().equals("Add")) {
                for (String input : sum.inputs()) {
                    Optional<OnnxTensor> constant = graph.constant(input, producers)
                            .filter(t ->
                                    t.type().dtype() == DType.F32 && t.type().elements() == 1);
                    if (constant.isPresent()) {
                        return decimal(constant.get().data().get().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0));
                    }
                }
            }
        }
        throw unknown("layer_norm_eps (the number added under the root in embeddings/LayerNorm)");
    }

    /// The shortest decimal that reads as this float: 1e-12 for the float next to it.
    private static double decimal(float value) {
        return Double.parseDouble(Float.toString(value));
    }

    /// Told apart by the function that no other activation uses.
    private String activation() {
        for (Node node : graph.nodes()) {
            if (!node.name().contains("layer.0/intermediate/")) {
                continue;
            }
            switch (node.opType()) {
                case "Erf" -> {
                    return "gelu";
                }
                case "Gelu" -> {
                    return node.attributes().get("approximate") instanceof Attribute.OfText(String how)
                                    && how.equals("tanh")
                            ? "gelu_new"
                            : "gelu";
                }
                case "Tanh" -> {
                    return "gelu_new";
                }
                case "Relu" -> {
                    return "relu";
                }
                default -> {
                    // Products, sums and constants say nothing.
                }
            }
        }
        throw unknown("the activation (Erf, Gelu, Tanh or Relu in layer.0/intermediate)");
    }

    private UserError unknown(String what) {
        return new UserError(file + " does not look like the export of a BERT encoder: " + what
                + " is not in its graph. Put the model's config.json beside the file, or convert it elsewhere.");
    }
}
