package org.rduzoo.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.checkpoint.file.JsonObject;
import org.rduzoo.checkpoint.file.SideFile;
import org.rduzoo.checkpoint.lora.AdapterConfig;
import org.rduzoo.checkpoint.lora.AdapterWeights;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A model as people pass it on: weights, what `config.json` says, and the files beside them. Whatever format it comes
/// from, names and files are those of a Hugging Face folder.
///
public final class Checkpoint implements AutoCloseable {

    private final Format format;
    private final Weights weights;
    private final JsonObject config;
    private final Map<String, SideFile> files;

    /// What a checkpoint was read from.
    public enum Format {
        HUGGING_FACE("Hugging Face folder"),
        SAFETENSORS("safetensors"),
        GGUF("GGUF"),
        ONNX("ONNX"),
        PYTORCH("PyTorch");

        private final String title;

        Format(String title) {
            this.title = title;
        }

        /// Its name in messages and tables.
        public String title() {
            return title;
        }
    }

    /// @param format where it comes from
    /// @param config what `config.json` holds, or an empty object where the format has no such thing
    /// @param files the other files by their path in the folder, as in `tokenizer.json` or `1_Pooling/config.json`
    public Checkpoint(Format format, Weights weights, ObjectNode config, Map<String, SideFile> files) {
        this(format, weights, JsonObject.of(config), files);
    }

    Checkpoint(Format format, Weights weights, JsonObject config, Map<String, SideFile> files) {
        this.format = format;
        this.weights = weights;
        this.config = config;
        this.files = Collections.unmodifiableMap(new TreeMap<>(files));
    }

    public Format format() {
        return format;
    }

    public Weights weights() {
        return weights;
    }

    /// What `config.json` holds, or an empty object where the format has no such thing.
    public ObjectNode config() {
        return config.node();
    }

    /// The same as a configuration to be read key by key.
    ///
    /// @param source what messages call it
    public Config config(String source) {
        return Config.of(source, config.values());
    }

    /// The other files by their path in the folder, as in `tokenizer.json` or `1_Pooling/config.json`.
    public Map<String, SideFile> files() {
        return files;
    }

    /// Opens a checkpoint: a Hugging Face folder, or a single file, whose format is told by what it begins with. A
    /// single file comes with the config, tokenizer and so on that lie beside it. A folder with an adapter is the
    /// checkpoint that it is for, with the adapter folded into its weights.
    ///
    /// @throws UserError when there is none at `path`, or it is damaged, with what was looked for
    public static Checkpoint open(Path path) {
        return open(path, DType.F32, Optional.empty());
    }

    /// As [#open(Path)], with what is quantised expanded, and what is folded rounded, to `computed`: `f32`, or `bf16`.
    public static Checkpoint open(Path path, DType computed) {
        return open(path, computed, Optional.of(computed));
    }

    private static Checkpoint open(Path path, DType expanded, Optional<DType> folded) {
        if (Files.isDirectory(path)) {
            return Adapter.isAt(path) ? Adapter.open(path, expanded).folded(folded) : HfFolder.open(path);
        }
        if (!Files.exists(path)) {
            throw new UserError(path + " does not exist. Expected a Hugging Face folder, or a .safetensors, .gguf, "
                    + ".onnx, .pth, .pt or .bin file.");
        }
        return SingleFile.open(path, expanded);
    }

    /// As [#open], but for a folder with weights and no `config.json` too, and an adapter by itself: to look at, not to
    /// run.
    static Checkpoint openWithoutConfig(Path path) {
        if (Adapter.isAt(path)) {
            AdapterConfig config = AdapterConfig.read(path.resolve(AdapterConfig.FILE));
            return new Checkpoint(
                    Format.HUGGING_FACE,
                    AdapterWeights.open(path, config).stored(),
                    Json.object(),
                    HfFolder.sideFiles(path));
        }
        return Files.isDirectory(path) && !Files.exists(path.resolve(HfFolder.CONFIG))
                ? new Checkpoint(
                        Format.HUGGING_FACE, HfFolder.openWeights(path, ""), Json.object(), HfFolder.sideFiles(path))
                : open(path);
    }

    /// The chat template: from `chat_template.jinja`, else `chat_template.json`, else the tokenizer's config, where it
    /// is one text or a list of named ones, of which the one named `default` is taken.
    public Optional<String> chatTemplate() {
        Optional<String> file = file("chat_template.jinja").map(SideFile::text);
        return file.or(() -> json("chat_template.json").flatMap(Checkpoint::templateIn))
                .or(() -> json("tokenizer_config.json").flatMap(Checkpoint::templateIn));
    }

    private static Optional<String> templateIn(ObjectNode config) {
        JsonNode template = config.path("chat_template");
        if (template.isString()) {
            return Optional.of(template.stringValue());
        }
        for (JsonNode named : template) {
            if (named.path("name").asString("").equals("default")) {
                return Optional.of(named.path("template").asString(""));
            }
        }
        return Optional.empty();
    }

    /// The file of this path, if the checkpoint has it.
    public Optional<SideFile> file(String path) {
        return Optional.ofNullable(files.get(path));
    }

    /// The JSON object in the file of this path, if the checkpoint has it.
    public Optional<ObjectNode> json(String path) {
        return object(path).map(JsonObject::node);
    }

    /// The same as a configuration to be read key by key.
    public Optional<Config> configOf(String path) {
        return object(path).map(object -> Config.of(path, object.values()));
    }

    private Optional<JsonObject> object(String path) {
        return file(path).map(f -> JsonObject.read(weights.source() + "/" + path, f.bytes()));
    }

    @Override
    public void close() {
        weights.close();
    }
}
