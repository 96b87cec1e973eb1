package org.rduzoo.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.Weights;

/// The known answers of a whole model: a tiny checkpoint, what goes in, and what comes out, the loss among it.
///
/// @param folder where `config.json`, `model.safetensors` and `golden.safetensors` lie
/// @param parameters the checkpoint by name
/// @param tensors all answers by the names that they have in the file
public record ModelGolden(
        Path folder,
        Config config,
        Map<String, Dense> parameters,
        Map<String, Dense> inputs,
        Map<String, Dense> outputs,
        Map<String, Dense> tensors) {

    private static final String LOSS = "loss";

    public ModelGolden {
        parameters = Map.copyOf(parameters);
        inputs = Map.copyOf(inputs);
        outputs = Map.copyOf(outputs);
        tensors = Map.copyOf(tensors);
    }

    /// The answers in a folder of resources that lies beside a test, as files.
    public static ModelGolden beside(Class<?> test, String folder) {
        URL resource = test.getResource(folder);
        if (resource == null) {
            throw new IllegalArgumentException("no folder " + folder + " beside " + test.getName());
        }
        try {
            return read(Path.of(resource.toURI()));
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(resource + " is no file", e);
        }
    }

    private static ModelGolden read(Path folder) {
        Map<String, Dense> inputs = new HashMap<>();
        Map<String, Dense> outputs = new HashMap<>();
        Map<String, Dense> all = tensors(folder.resolve("golden.safetensors"));
        all.forEach((name, tensor) -> {
            if (name.startsWith("inputs.")) {
                inputs.put(name.substring("inputs.".length()), tensor);
            } else if (name.startsWith("outputs.")) {
                outputs.put(name.substring("outputs.".length()), tensor);
            } else if (name.equals(LOSS)) {
                outputs.put(LOSS, tensor);
            }
        });
        try {
            Path config = folder.resolve("config.json");
            return new ModelGolden(
                    folder,
                    Config.parse("config.json", Files.readString(config)),
                    tensors(folder.resolve("model.safetensors")),
                    inputs,
                    outputs,
                    all);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, Dense> tensors(Path path) {
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            Map<String, Dense> tensors = new LinkedHashMap<>();
            for (String name : file.names()) {
                tensors.put(name, DenseTensors.read(file.find(name).orElseThrow()));
            }
            return tensors;
        }
    }

    /// The checkpoint as a converter or the backend reads it; the caller closes it.
    public Weights open() {
        return SafetensorsFile.open(folder.resolve("model.safetensors"));
    }

    /// What a graph is given: inputs and parameters together.
    public Map<String, Dense> given() {
        Map<String, Dense> given = new HashMap<>(parameters);
        given.putAll(inputs);
        return given;
    }

    /// The answer of this name, as it has it in the file.
    public Dense tensor(String name) {
        Dense tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(folder.getFileName() + " has no answer " + name);
        }
        return tensor;
    }

    /// The answer for the output `name`.
    public Dense output(String name) {
        Dense expected = outputs.get(name);
        if (expected == null) {
            throw new IllegalArgumentException(folder.getFileName() + " has no answer for " + name);
        }
        return expected;
    }

    /// How far, absolutely, an output computed in `f32` may be from the answer `expected`.
    public static double tolerance(Dense expected) {
        return Math.max(
                1e-4, 1e-5 * Arrays.stream(expected.data()).map(Math::abs).max().orElse(0));
    }

    /// The texts of a batch and the tokens of each: the shape of `input_ids`.
    public int[] batchAndTokens() {
        Dense ids = inputs.get("input_ids");
        if (ids == null) {
            throw new IllegalArgumentException(folder.getFileName() + " has no input_ids");
        }
        return ids.shape().dims();
    }

    /// These answers' parameters and inputs in the types that `graph` asks for; a mask that they lack leaves out
    /// nothing.
    public Map<String, Dense> given(Graph graph) {
        Map<String, Dense> given = new HashMap<>();
        Map<String, Dense> all = given();
        for (Graph.Input input : graph.inputs()) {
            Dense tensor = all.get(input.name());
            if (tensor == null && input.name().equals("attention_mask")) {
                tensor = Dense.zeros(input.value().type());
                Arrays.fill(tensor.data(), 1);
            }
            if (tensor != null) {
                given.put(
                        input.name(),
                        new Dense(tensor.type().withDType(input.value().dtype()), tensor.data()));
            }
        }
        return given;
    }

    /// The folder's name.
    @Override
    public String toString() {
        return folder.getFileName().toString();
    }
}
