package org.rduzoo.runners;

import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rduzoo.checkpoint.Adapter;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.checkpoint.HfFolder;
import org.rduzoo.checkpoint.file.SideFile;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.ZooModel;

/// What a model is trained from: a checkpoint; or for a model from scratch a folder that has `config.json` and
/// tokenizer
/// and no weights, or options that make a configuration.
///
/// @param name as the user gave it
/// @param checkpoint the weights, an adapter's beside those that it is for
record TrainingSource(
        String name,
        Config config,
        Optional<Checkpoint> checkpoint,
        Optional<Adapter> adapter,
        Map<String, SideFile> files)
        implements AutoCloseable {

    private static final List<String> FILES = List.of(
            "generation_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "tokenizer.model",
            "vocab.txt",
            "vocab.json",
            "merges.txt",
            "chat_template.jinja");

    /// The configuration alone; no weights are needed.
    static Config config(ZooModel model, Arguments arguments, Console console) {
        return ModelSource.configOfOptions(model, arguments)
                .orElseGet(() -> ModelSource.of(model, arguments, console).config(ModelSource.set(arguments)));
    }

    static TrainingSource of(ZooModel model, Arguments arguments, Console console, CompileOptions options) {
        Optional<Config> alone = ModelSource.configOfOptions(model, arguments);
        if (alone.isPresent()) {
            return new TrainingSource("random weights", alone.get(), Optional.empty(), Optional.empty(), Map.of());
        }
        ModelSource source = ModelSource.of(model, arguments, console);
        Map<String, String> set = ModelSource.set(arguments);
        String name = source.path().toString();
        if (Adapter.isAt(source.path())) {
            Adapter adapter = Adapter.open(source.path(), options.precision().dtype());
            Checkpoint beside = adapter.beside();
            return new TrainingSource(
                    name, source.config(beside, set), Optional.of(beside), Optional.of(adapter), beside.files());
        }
        if (Files.isDirectory(source.path()) && !HfFolder.hasWeights(source.path())) {
            console.log("%s has no weights: the model begins with random ones".formatted(name));
            Map<String, SideFile> files = new LinkedHashMap<>();
            for (String file : FILES) {
                if (Files.isRegularFile(source.path().resolve(file))) {
                    files.put(file, SideFile.at(source.path().resolve(file)));
                }
            }
            return new TrainingSource(name, source.config(set), Optional.empty(), Optional.empty(), files);
        }
        Checkpoint checkpoint = source.open(options.precision().dtype());
        return new TrainingSource(
                name, source.config(checkpoint, set), Optional.of(checkpoint), Optional.empty(), checkpoint.files());
    }

    Optional<Weights> weights() {
        return checkpoint.map(Checkpoint::weights);
    }

    /// @throws UserError when there is none
    SideFile tokenizer() {
        SideFile file = files.get("tokenizer.json");
        if (file == null) {
            throw new UserError("%s has no tokenizer.json, which training on texts needs.".formatted(name));
        }
        return file;
    }

    @Override
    public void close() {
        checkpoint.ifPresent(Checkpoint::close);
    }
}
