package org.rduzoo.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.ir.Dense;
import org.rduzoo.samba.Weights;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/// The known answers for operations. Any executor of graphs can be held to them:
///
/// ```java
/// @ParameterizedTest
/// @MethodSource("org.rduzoo.testkit.OpGoldens#all")
/// void agrees(OpGolden golden) {
///     assertThat(golden.error(run(golden.graph(), golden.inputs()))).isLessThanOrEqualTo(OpGoldens.TOLERANCE);
/// }
/// ```
public final class OpGoldens {

    /// What the relative error of an output in `f32` may be.
    public static final double TOLERANCE = 1e-5;

    private static final List<String> OPS = List.of(
            "attention",
            "avg_pool1d",
            "avg_pool2d",
            "avg_pool3d",
            "batch_norm",
            "binary_cross_entropy_with_logits",
            "conv1d",
            "conv2d",
            "conv3d",
            "conv_transpose1d",
            "conv_transpose2d",
            "conv_transpose3d",
            "cross_entropy",
            "embedding",
            "exp",
            "gelu",
            "gelu_tanh",
            "group_norm",
            "l1",
            "layer_norm",
            "leaky_relu",
            "linear",
            "matmul",
            "max_pool1d",
            "max_pool2d",
            "max_pool3d",
            "mse",
            "relu",
            "resize1d",
            "resize2d",
            "resize3d",
            "rms_norm",
            "rope",
            "sigmoid",
            "silu",
            "smooth_l1",
            "softmax",
            "softplus",
            "swiglu",
            "tanh");

    private static final TypeReference<Map<String, Map<String, Object>>> CASES = new TypeReference<>() {};

    private OpGoldens() {}

    /// Every case of every operation.
    public static Stream<OpGolden> all() {
        return OPS.stream().flatMap(OpGoldens::of);
    }

    /// The cases of one operation.
    public static Stream<OpGolden> of(String op) {
        try (InputStream in = OpGoldens.class.getResourceAsStream("goldens/ops/" + op + ".safetensors")) {
            if (in == null) {
                throw new IllegalArgumentException("no answers for " + op + ", only for " + OPS);
            }
            Path file = Files.createTempFile("goldens-" + op, ".safetensors");
            try {
                Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
                return read(op, file).stream();
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<OpGolden> read(String op, Path path) {
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            Map<String, Map<String, Object>> cases =
                    JsonMapper.shared().readValue(file.metadata().getOrDefault("cases", "{}"), CASES);
            List<OpGolden> goldens = new ArrayList<>();
            for (int number = 0; number < cases.size(); number++) {
                goldens.add(read(op, number, cases.getOrDefault(Integer.toString(number), Map.of()), file));
            }
            return goldens;
        }
    }

    private static OpGolden read(String op, int number, Map<String, Object> written, Weights file) {
        Map<String, Object> attributes = new HashMap<>(written);
        attributes.values().removeIf(Objects::isNull);
        Map<String, Dense> inputs = new HashMap<>();
        Map<String, Dense> gradients = new HashMap<>();
        Map<String, Dense> further = new HashMap<>();
        String prefix = number + "/";
        for (String name : file.names()) {
            if (name.startsWith(prefix + "in.")) {
                inputs.put(name.substring(prefix.length() + 3), tensor(file, name));
            } else if (name.startsWith(prefix + "out.")) {
                further.put(name.substring(prefix.length() + 4), tensor(file, name));
            } else if (name.startsWith(prefix + "grad.")) {
                gradients.put(name.substring(prefix.length() + 5), tensor(file, name));
            }
        }
        return new OpGolden(
                op,
                number,
                attributes,
                new GoldenGraph(op, attributes, inputs).build(),
                inputs,
                tensor(file, prefix + "out"),
                further,
                tensor(file, prefix + "seed"),
                gradients);
    }

    private static Dense tensor(Weights file, String name) {
        return file.find(name)
                .map(DenseTensors::read)
                .orElseThrow(() -> new IllegalArgumentException(file.source() + " has no " + name));
    }
}
