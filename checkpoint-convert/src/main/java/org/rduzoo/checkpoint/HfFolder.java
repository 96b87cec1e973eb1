package org.rduzoo.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.checkpoint.file.JsonObject;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.checkpoint.file.SideFile;
import org.rduzoo.checkpoint.file.WholeFile;
import org.rduzoo.checkpoint.file.WholeFolder;
import org.rduzoo.checkpoint.lora.AdapterConfig;
import org.rduzoo.checkpoint.lora.AdapterWeights;
import org.rduzoo.checkpoint.pytorch.TorchFile;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.checkpoint.safetensors.SafetensorsWriter;
import org.rduzoo.checkpoint.safetensors.ShardedSafetensors;
import org.rduzoo.checkpoint.tensor.ShardedWeights;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;

/// A Hugging Face folder: `config.json`, weights in one file or in shards (safetensors, or PyTorch's where there are no
/// safetensors), tokenizer and other files.
public final class HfFolder {

    public static final String CONFIG = "config.json";

    /// The weights of a folder from before safetensors.
    private static final String PICKLED = "pytorch_model.bin";

    private static final String PICKLED_INDEX = PICKLED + ".index.json";

    /// The files beside weights and config that are read and passed on.
    private static final List<String> SIDE_FILES = List.of(
            "generation_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "tokenizer.model",
            "vocab.txt",
            "vocab.json",
            "merges.txt",
            "chat_template.jinja",
            "chat_template.json",
            "preprocessor_config.json",
            "modules.json",
            "1_Pooling/config.json",
            "sentence_bert_config.json",
            "config_sentence_transformers.json");

    /// Shards as large as the Python tools make them.
    public static final long MAX_SHARD_BYTES = 5_000_000_000L;

    /// The key of `config.json` that says what model it is.
    static final String MODEL_TYPE = "model_type";

    private HfFolder() {}

    /// Opens `folder`. Weights are mapped; other files are read when asked for.
    ///
    /// @throws UserError when weights or `config.json` are missing or damaged, with what was looked for
    public static Checkpoint open(Path folder) {
        Path config = folder.resolve(CONFIG);
        if (!Files.exists(config)) {
            throw new UserError(folder + " has no " + CONFIG + ", which says what model its weights are for. It holds "
                    + contents(folder) + ". Is it the folder of a checkpoint?");
        }
        JsonObject object = JsonObject.read(config);
        return new Checkpoint(
                Checkpoint.Format.HUGGING_FACE,
                openWeights(folder, object.text(MODEL_TYPE)),
                object,
                sideFiles(folder));
    }

    /// The files in `folder` that belong to a checkpoint beside its weights and config.
    static Map<String, SideFile> sideFiles(Path folder) {
        Map<String, SideFile> files = new TreeMap<>();
        for (String name : SIDE_FILES) {
            Path file = folder.resolve(name);
            if (Files.isRegularFile(file)) {
                files.put(name, SideFile.at(file));
            }
        }
        return files;
    }

    /// Whether `folder` has weights, in whatever form.
    public static boolean hasWeights(Path folder) {
        return Stream.of(ShardedSafetensors.SINGLE, ShardedSafetensors.INDEX, PICKLED, PICKLED_INDEX)
                .anyMatch(name -> Files.exists(folder.resolve(name)));
    }

    /// The weights of `folder`, in one file or several, under today's names.
    ///
    /// @param modelType as `config.json` has it, or the empty text
    static Weights openWeights(Path folder, String modelType) {
        Weights stored = storedWeights(folder);
        try {
            return HfNames.modern(stored, modelType);
        } catch (RuntimeException e) {
            stored.close();
            throw e;
        }
    }

    private static Weights storedWeights(Path folder) {
        Path single = folder.resolve(ShardedSafetensors.SINGLE);
        if (Files.exists(single)) {
            return SafetensorsFile.open(single);
        }
        Path index = folder.resolve(ShardedSafetensors.INDEX);
        if (Files.exists(index)) {
            return ShardedSafetensors.open(index);
        }
        Path pickled = folder.resolve(PICKLED);
        if (Files.exists(pickled)) {
            return TorchFile.open(pickled);
        }
        Path pickledIndex = folder.resolve(PICKLED_INDEX);
        if (Files.exists(pickledIndex)) {
            return ShardedWeights.open(pickledIndex, TorchFile::open);
        }
        throw new UserError(folder + " has no weights: neither " + ShardedSafetensors.SINGLE + " nor "
                + ShardedSafetensors.INDEX + " nor " + PICKLED + ". It holds " + contents(folder) + "."
                + remedy(folder));
    }

    /// Writes a checkpoint as a folder, whole or not at all.
    ///
    /// @param maxShardBytes weights of more than that are written as several files
    /// @param force whether files of a checkpoint that is there already are replaced; others are never touched
    public static void write(Path folder, Checkpoint checkpoint, long maxShardBytes, boolean force) {
        WholeFolder.write(folder, force, HfFolder::isOfACheckpoint, partial -> {
            Weights weights = checkpoint.weights();
            List<Weights.Weight> all = weights.names().stream()
                    .map(n -> weights.find(n).orElseThrow())
                    .toList();
            SafetensorsWriter.writeSharded(partial, all, SafetensorsWriter.PYTORCH, maxShardBytes, false);
            WholeFile.write(partial.resolve(CONFIG), false, Json.pretty(checkpoint.config()));
            checkpoint.files().forEach((name, file) -> WholeFile.write(partial.resolve(name), false, file.bytes()));
        });
    }

    /// Whether a checkpoint that replaces another takes this file of the old one away.
    static boolean isOfACheckpoint(Path file) {
        String name = file.getFileName().toString();
        return name.matches("model(-[0-9]+-of-[0-9]+)?\\.safetensors")
                || name.equals(ShardedSafetensors.INDEX)
                || name.equals(AdapterConfig.FILE)
                || name.equals(AdapterWeights.FILE)
                || SIDE_FILES.contains(name);
    }

    private static String remedy(Path folder) {
        List<String> names = names(folder);
        for (String name : names) {
            if (name.matches(".*\\.(gguf|onnx|pth|pt|bin|ckpt)")) {
                return " To use that file, name it: " + folder.resolve(name) + ".";
            }
        }
        return " Download the weights into it.";
    }

    private static String contents(Path folder) {
        List<String> names = names(folder);
        return names.isEmpty()
                ? "nothing"
                : Named.shortened(String.join(", ", names.subList(0, Math.min(8, names.size()))))
                        + (names.size() > 8 ? " and " + (names.size() - 8) + " more" : "");
    }

    private static List<String> names(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return new ArrayList<>(
                    files.map(f -> f.getFileName().toString()).sorted().toList());
        } catch (IOException e) {
            throw new UserError(folder + " cannot be listed: " + UserError.reason(e), e);
        }
    }
}
