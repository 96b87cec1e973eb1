package org.rduzoo.runners;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rduzoo.checkpoint.Adapter;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.checkpoint.HfFolder;
import org.rduzoo.checkpoint.SentenceModel;
import org.rduzoo.checkpoint.hub.HubClient;
import org.rduzoo.checkpoint.hub.HubSettings;
import org.rduzoo.checkpoint.hub.PullRequest;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.pass.PrecisionOptions;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.ImageModel;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.UsageError;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.ZooModel;

/// Where a model's configuration and weights come from: `--checkpoint`, or the model's default.
record ModelSource(Path path) {

    static ModelSource of(ZooModel model, Arguments arguments, Console console) {
        Optional<String> given = arguments.text(Option.CHECKPOINT);
        if (given.isEmpty()) {
            return new ModelSource(DefaultCheckpoints.folder(model, CacheFolder.ofEnvironment(), console));
        }
        return new ModelSource(locate(given.get(), console));
    }

    /// The file or folder of this name; without one, and where the name is as on the Hub, what the Hub has.
    static Path locate(String name, Console console, String... files) {
        Path path = Path.of(name);
        if (Files.exists(path) || !name.matches("[A-Za-z0-9][\\w.-]*/[A-Za-z0-9][\\w.-]*")) {
            return path;
        }
        console.log("there is no folder %s here; asking the Hub for it".formatted(name));
        return new HubClient(HubSettings.ofEnvironment())
                .pull(new PullRequest(name, "main", List.of(files)))
                .folder();
    }

    /// Opens all of it.
    Checkpoint open() {
        return Checkpoint.open(path);
    }

    /// Opens all of it to run: what is quantised is expanded to the type that is computed with.
    Checkpoint open(DType dtype) {
        return Checkpoint.open(path, dtype);
    }

    /// The configuration alone; the folder needs no weights.
    Config config(Map<String, String> set) {
        Path file = path.resolve("config.json");
        if (Files.isRegularFile(file)) {
            try {
                return with(Config.parse(file.toString(), Files.readString(file)), set);
            } catch (IOException e) {
                throw new UserError("%s cannot be read: %s".formatted(file, UserError.reason(e)), e);
            }
        }
        if (Files.isDirectory(path) && !Adapter.isAt(path)) {
            throw new UserError("%s has no config.json. Is it a checkpoint in Hugging Face form?".formatted(path));
        }
        try (Checkpoint checkpoint = open()) {
            return config(checkpoint, set);
        }
    }

    /// How sentences are made of vectors, where the checkpoint says so; it needs no weights.
    Optional<SentenceModel> sentence() {
        boolean pooled = Files.exists(path.resolve("1_Pooling/config.json")) && HfFolder.hasWeights(path);
        if (!pooled && !Adapter.isAt(path)) {
            return Optional.empty();
        }
        try (Checkpoint checkpoint = open()) {
            return SentenceModel.of(checkpoint);
        }
    }

    Config config(Checkpoint checkpoint, Map<String, String> set) {
        return with(checkpoint.config(path + "/config.json"), set);
    }

    static Config with(Config config, Map<String, String> set) {
        Config changed = config;
        for (Map.Entry<String, String> e : set.entrySet()) {
            if (!PrecisionOptions.keys().contains(e.getKey())) {
                requireNoSlip(e.getKey(), config);
                changed = changed.with(e.getKey(), e.getValue());
            }
        }
        return changed;
    }

    /// A key that looks like one of precision and is none: the model, which knows its own keys alone, cannot say so.
    private static void requireNoSlip(String key, Config config) {
        boolean alike = PrecisionOptions.keys().stream().anyMatch(k -> key.startsWith(k.substring(0, k.indexOf('_'))));
        if (alike && !config.has(key)) {
            throw new UserError(
                    "there is no key %s to set.%s".formatted(key, Nearest.hint(key, PrecisionOptions.keys())));
        }
    }

    /// The configuration that the options make by themselves: of an image model without a checkpoint, if they say
    /// anything of it.
    static Optional<Config> configOfOptions(ZooModel model, Arguments arguments) {
        Map<String, String> set = set(arguments);
        set.keySet().removeAll(PrecisionOptions.keys());
        return !(model instanceof ImageModel) || arguments.has(Option.CHECKPOINT) || set.isEmpty()
                ? Optional.empty()
                : Optional.of(with(Config.parse("the options", "{}"), set));
    }

    /// What `--set` and the options that are keys of `config.json` say, keys of precision included.
    static Map<String, String> set(Arguments arguments) {
        Map<String, String> set = new LinkedHashMap<>();
        Option.keysOfImages()
                .forEach(o -> arguments.text(o).ifPresent(v -> set.put(o.key().replace('-', '_'), v)));
        for (String text : arguments.texts(Option.SET)) {
            int equals = text.indexOf('=');
            if (equals < 1) {
                throw new UsageError(
                        "--set %s has no %s: write --set key=value.".formatted(text, equals < 0 ? "value" : "key"));
            }
            if (set.put(text.substring(0, equals), text.substring(equals + 1)) != null) {
                throw new UsageError("--set %s is given twice.".formatted(text.substring(0, equals)));
            }
        }
        return set;
    }
}
