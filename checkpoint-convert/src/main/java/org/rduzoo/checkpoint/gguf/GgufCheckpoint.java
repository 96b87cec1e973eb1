package org.rduzoo.checkpoint.gguf;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.ir.DType;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import tools.jackson.databind.node.ObjectNode;

/// A checkpoint in GGUF as if it were a Hugging Face folder: weights under Hugging Face's names with their
/// rows in order, `config.json`, and the tokenizer's files made from the vocabulary inside.
///
/// One file, or the parts of a split one, `model-00001-of-00003.gguf` and its sisters. The architecture is
/// `llama`, which Mistral and others of the same build are stored as too.
public final class GgufCheckpoint implements AutoCloseable {

    private static final Pattern PART = Pattern.compile("(.*-)(\\d{5})(-of-(\\d{5})\\.gguf)");

    private final List<GgufFile> parts;
    private final Map<String, GgufWeights.Place> places;
    private final LlamaSettings settings;

    private GgufCheckpoint(List<GgufFile> parts, Map<String, GgufWeights.Place> places, LlamaSettings settings) {
        this.parts = parts;
        this.places = places;
        this.settings = settings;
    }

    /// Opens a file, and its sisters if it is the first part of several.
    ///
    /// @throws UserError if a file is missing or damaged, or holds another architecture than `llama`
    public static GgufCheckpoint open(Path path) {
        List<GgufFile> parts = new ArrayList<>();
        try {
            parts.add(GgufFile.open(path));
            for (Path sister : sisters(path, parts.getFirst())) {
                parts.add(GgufFile.open(sister));
            }
            return of(List.copyOf(parts));
        } catch (RuntimeException e) {
            parts.forEach(GgufFile::close);
            throw e;
        }
    }

    private static GgufCheckpoint of(List<GgufFile> parts) {
        GgufFile first = parts.getFirst();
        GgufMetadata m = first.metadata();
        String architecture = m.text("general.architecture").orElse("not named");
        if (!architecture.equals("llama")) {
            throw new UserError(first.source() + " holds a model of architecture " + Named.shortened(architecture)
                    + "; of GGUF files, those of architecture llama can be read.\n"
                    + "For other models, get the Hugging Face folder.");
        }
        Map<String, GgufTensor> tensors = new LinkedHashMap<>();
        Optional<float[]> ropeFactors = Optional.empty();
        for (GgufFile part : parts) {
            for (GgufTensor t : part.tensors()) {
                if (tensors.put(t.name(), t) != null) {
                    throw new UserError(part.source() + ": " + Named.tensor(t.name()) + " is in an earlier part too.");
                }
                if (t.name().equals(LlamaTensors.ROPE_FACTORS)) {
                    ropeFactors = Optional.of(ropeFactors(part, t));
                }
            }
        }
        LlamaSettings settings = LlamaSettings.of(first.source(), m, tensors, ropeFactors);
        Map<String, GgufWeights.Place> places = new LinkedHashMap<>();
        for (GgufFile part : parts) {
            for (GgufTensor t : part.tensors()) {
                if (!t.name().equals(LlamaTensors.ROPE_FACTORS)) {
                    LlamaTensors.Rule rule = rule(part, t);
                    settings.checkHeads(part.source(), t, rule.rows());
                    places.put(rule.huggingFace(), new GgufWeights.Place(part, t, rule.rows()));
                }
            }
        }
        return new GgufCheckpoint(parts, places, settings);
    }

    private static LlamaTensors.Rule rule(GgufFile part, GgufTensor t) {
        return LlamaTensors.fromGguf(t.name())
                .orElseThrow(() -> new UserError(part.source() + ": " + Named.tensor(t.name()) + " " + t.shape()
                        + " has no place in a Llama.\nA mixture of experts or an adapter cannot be read; get a model"
                        + " of the plain architecture."));
    }

    private static float[] ropeFactors(GgufFile part, GgufTensor t) {
        if (t.type() != GgufType.F32) {
            throw new UserError(
                    part.source() + ": " + Named.tensor(t.name()) + ": expected F32, found " + t.type() + ".");
        }
        return part.data(t).toArray(GgufCursor.F32);
    }

    private static List<Path> sisters(Path path, GgufFile first) {
        long count = first.metadata().integer("split.count").orElse(1);
        if (count <= 1) {
            return List.of();
        }
        Matcher name = PART.matcher(String.valueOf(path.getFileName()));
        if (first.metadata().integer("split.no").orElse(0) != 0 || !name.matches()) {
            throw new UserError(path + " is one of the " + count + " parts of a model.\n"
                    + "Name the first, which ends in -00001-of-" + String.format("%05d", count)
                    + ".gguf, and keep the others beside it.");
        }
        List<Path> sisters = new ArrayList<>();
        for (int part = 2; part <= Math.min(count, 99_999); part++) {
            Path sister = path.resolveSibling(name.group(1) + String.format("%05d", part) + name.group(3));
            if (!Files.exists(sister)) {
                throw new UserError(path + " is the first of " + count + " parts, but " + sister + " is missing.\n"
                        + "Get all parts into one folder.");
            }
            sisters.add(sister);
        }
        return sisters;
    }

    /// The file, or the first of its parts: metadata as they are, and tensors by their GGUF names.
    public GgufFile file() {
        return parts.getFirst();
    }

    /// The weights under Hugging Face's names, quantised ones expanded to [DType#F32] when they are asked
    /// for. Closing them closes this checkpoint.
    public Weights weights() {
        return weights(DType.F32);
    }

    /// As [#weights()], with quantised ones expanded to [DType#F32] or [DType#BF16]. The latter is what the
    /// engine stores, rounded to nearest from the exact values; plain ones keep their type.
    public Weights weights(DType expanded) {
        if (expanded != DType.F32 && expanded != DType.BF16) {
            throw new IllegalArgumentException("quantised weights are expanded to f32 or bf16, not " + expanded.text());
        }
        return new GgufWeights(this, places, settings.headDim(), expanded);
    }

    /// What `config.json` would say.
    public ObjectNode config() {
        GgufWeights.Place largest = places.values().stream()
                .max(Comparator.comparingLong(p -> p.tensor().bytes()))
                .orElseThrow();
        DType dtype = largest.tensor().type().plain().orElse(DType.F32);
        String name = switch (dtype) {
            case F16 -> "float16";
            case BF16 -> "bfloat16";
            case F64 -> "float64";
            case BOOL, U8, I8, F8_E4M3, F8_E5M2, I16, U16, I32, U32, F32, I64, U64 -> "float32";
        };
        return settings.config(
                name,
                !places.containsKey("lm_head.weight"),
                places.containsKey("model.layers.0.self_attn.q_proj.bias"),
                places.containsKey("model.layers.0.mlp.up_proj.bias"),
                file().metadata());
    }

    /// The other files of the folder by name, as text: `tokenizer.json`, `tokenizer_config.json` and
    /// `generation_config.json`, as far as the file has what they are made of.
    ///
    /// @throws UserError if the vocabulary is of a kind that is not known
    public Map<String, String> files() {
        Map<String, String> files = new LinkedHashMap<>();
        GgufVocabulary.of(file()).ifPresent(v -> files.putAll(v.files(settings.contextLength())));
        return files;
    }

    @Override
    public void close() {
        parts.forEach(GgufFile::close);
    }
}
