package org.rduzoo.checkpoint.onnx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.checkpoint.onnx.OnnxModel.Graph;
import org.rduzoo.checkpoint.onnx.OnnxModel.Node;
import org.rduzoo.checkpoint.tensor.WeightTable;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.Weights.Weight;
import tools.jackson.databind.node.ObjectNode;

/// A U-Net from ONNX whose blocks are sequences of convolution and ReLU: its weights under the names of the zoo's, and
/// its config from their shapes and from the graph.
///
/// `encoder1.0` and `encoder1.2` are the two convolutions of a block, here `encoder1.enc1conv1` and
/// `encoder1.enc1conv2`; `final_conv` is `conv`.
///
/// @param weights as the zoo's U-Net asks for them; closing them closes the file
/// @param config what `config.json` would say
public record UnetOnnx(Weights weights, ObjectNode config) {

    private static final String FIRST = "encoder1.0.weight";
    private static final String HEAD = "final_conv";
    private static final Pattern BLOCK =
            Pattern.compile("(encoder|decoder)([1-9])\\.([02])\\.(weight|bias)|(bottleneck)\\.([02])\\.(weight|bias)");
    private static final Pattern OTHER = Pattern.compile("(upconv[1-9]|final_conv)\\.(weight|bias)");

    /// Whether this is a model that [#of] can name the weights of.
    public static boolean isUnet(OnnxModel model) {
        Map<String, OnnxTensor> initializers = model.graph().initializers();
        return initializers.containsKey(FIRST) && initializers.containsKey(HEAD + ".weight");
    }

    /// The model in `file`.
    ///
    /// @throws UserError when a tensor has no place in a U-Net, or the widths do not double from scale to scale
    public static UnetOnnx of(OnnxFile file) {
        Graph graph = file.model().graph();
        List<Weight> weights = new ArrayList<>();
        graph.initializers()
                .forEach((stored, tensor) ->
                        weights.add(new Weight(name(file, stored), tensor.type(), file.source(), tensor.data())));
        return new UnetOnnx(WeightTable.of(file.source(), weights, file), config(file, graph));
    }

    private static String name(OnnxFile file, String stored) {
        Matcher block = BLOCK.matcher(stored);
        if (block.matches()) {
            boolean bottleneck = block.group(5) != null;
            String module = bottleneck ? "bottleneck" : block.group(1) + block.group(2);
            String prefix = bottleneck ? "bottleneck" : block.group(1).substring(0, 3) + block.group(2);
            String place = bottleneck ? block.group(6) : block.group(3);
            return "%s.%sconv%d.%s"
                    .formatted(module, prefix, place.equals("0") ? 1 : 2, bottleneck ? block.group(7) : block.group(4));
        }
        if (OTHER.matcher(stored).matches()) {
            return stored.replace(HEAD, "conv");
        }
        throw new UserError("%s: %s has no place in a U-Net of convolutions and ReLUs.\n"
                        .formatted(file.source(), Named.tensor(stored))
                + "Expected encoderN.0, encoderN.2, bottleneck, upconvN, decoderN and final_conv.");
    }

    private static ObjectNode config(OnnxFile file, Graph graph) {
        Type first = type(file, graph, FIRST);
        int depth = 0;
        while (graph.initializers().containsKey("encoder" + (depth + 1) + ".0.weight")) {
            depth++;
            requireWidth(file, graph, "encoder" + depth + ".0.weight", first.dim(0) << (depth - 1));
        }
        requireWidth(file, graph, "bottleneck.0.weight", first.dim(0) << depth);
        int classes = type(file, graph, HEAD + ".weight").dim(0);
        ObjectNode config = Json.object();
        config.put("model_type", "unet");
        config.put("dim", first.rank() - 2);
        config.put("in_channels", first.dim(1));
        config.put("num_classes", classes);
        config.put("init_features", first.dim(0));
        config.put("depth", depth);
        config.put("norm", "none");
        config.put("bias", true);
        config.put("skip_first", skipFirst(graph));
        config.put("loss", classes == 1 ? "bce" : "cross_entropy");
        return config;
    }

    /// Whether what is skipped comes first where it is joined with what comes up.
    private static boolean skipFirst(Graph graph) {
        Map<String, Node> producers = new HashMap<>();
        for (Node node : graph.nodes()) {
            node.outputs().forEach(o -> producers.put(o, node));
        }
        for (Node node : graph.nodes()) {
            if (node.opType().equals("Concat") && !node.inputs().isEmpty()) {
                Node made = producers.get(node.inputs().getFirst());
                return made == null || !made.opType().equals("ConvTranspose");
            }
        }
        return false;
    }

    private static void requireWidth(OnnxFile file, Graph graph, String name, int width) {
        int found = type(file, graph, name).dim(0);
        if (found != width) {
            throw new UserError(
                    "%s: %s has %d channels, but twice those of the scale before would be %d. Only U-Nets whose widths double from scale to scale are supported."
                            .formatted(file.source(), name, found, width));
        }
    }

    private static Type type(OnnxFile file, Graph graph, String name) {
        OnnxTensor tensor = graph.initializers().get(name);
        if (tensor == null || tensor.type().rank() < 4) {
            throw new UserError("%s has no %s, the weight of a convolution in two or three dimensions."
                    .formatted(file.source(), name));
        }
        return tensor.type();
    }
}
