package org.rduzoo.checkpoint.gguf;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.checkpoint.file.WholeFile;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Shape;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.Weights.Weight;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A Llama (or Mistral) of a Hugging Face folder as a GGUF file that llama.cpp loads: settings from `config.json`,
/// tensors
/// under GGUF's names with the rows of queries and keys interleaved, and the tokenizer inside.
///
/// Matrices take the type that is asked for; vectors are F32, as llama.cpp has them. The same checkpoint always gives
/// the
/// same bytes, however its weights are sharded.
public final class LlamaExport {

    /// Tensors of old checkpoints that follow from the settings.
    private static final String DERIVED = ".rotary_emb.inv_freq";

    private static final String HEAD = "lm_head.weight";

    private final Weights weights;
    private final ObjectNode config;
    private final String where;
    private final int layers;
    private final int heads;
    private final int keyValueHeads;
    private final int headDim;

    /// What a folder holds.
    ///
    /// @param config `config.json` in the new spelling
    /// @param tokenizer `tokenizer.json`, if there is one
    /// @param tokenizerConfig `tokenizer_config.json`, if there is one
    /// @param chatTemplate the template named default
    public record Source(
            Weights weights,
            ObjectNode config,
            Optional<ObjectNode> tokenizer,
            Optional<ObjectNode> tokenizerConfig,
            Optional<String> chatTemplate) {}

    private LlamaExport(Source source) {
        this.weights = source.weights();
        this.config = source.config();
        this.where = weights.source() + ": config.json";
        String type = config.path("model_type").asString("");
        if (!type.equals("llama") && !type.equals("mistral")) {
            throw new UserError(where + " has model_type " + (type.isEmpty() ? "(none)" : Named.shortened(type))
                    + "; llama and mistral can be written as GGUF.\nWrite a Hugging Face folder instead.");
        }
        this.layers = positive("num_hidden_layers");
        this.heads = positive("num_attention_heads");
        this.keyValueHeads = config.path("num_key_value_heads").asInt(heads);
        int hidden = positive("hidden_size");
        this.headDim = config.path("head_dim").asInt(hidden / heads);
        if (keyValueHeads < 1 || heads % keyValueHeads != 0 || headDim < 2 || headDim % 2 != 0) {
            throw new UserError(where + ": num_attention_heads " + heads + ", num_key_value_heads " + keyValueHeads
                    + " and head_dim " + headDim + " do not fit together: expected multiples, and an even size.");
        }
    }

    /// Writes the file.
    ///
    /// @param type of matrices: F32, F16, BF16 or Q8_0; nothing leaves each as it is
    /// @param force whether a file that exists is replaced
    /// @return how many tensors were written, and their bytes
    /// @throws UserError when the checkpoint is no Llama, incomplete, or has a tokenizer that GGUF has no name for
    public static Written write(Path file, Source source, Optional<GgufType> type, boolean force) {
        LlamaExport export = new LlamaExport(source);
        List<GgufWriter.Tensor> tensors = export.tensors(type);
        GgufWriter writer = new GgufWriter();
        export.settings(writer, tensors);
        VocabularyExport.write(writer, source, export.rows());
        writer.u32("general.quantization_version", 2);
        tensors.forEach(writer::tensor);
        writer.write(file, force);
        return new Written(
                tensors.size(),
                tensors.stream().mapToLong(GgufWriter.Tensor::bytes).sum());
    }

    /// What a file has.
    public record Written(int tensors, long bytes) {}

    private void settings(GgufWriter w, List<GgufWriter.Tensor> tensors) {
        w.text("general.architecture", "llama");
        w.text("general.type", "model");
        String name = config.path("_name_or_path").asString("");
        if (!name.isEmpty()) {
            w.text("general.name", name.substring(name.lastIndexOf('/') + 1));
        }
        w.u32("llama.block_count", layers);
        w.u32("llama.context_length", positive("max_position_embeddings"));
        w.u32("llama.embedding_length", positive("hidden_size"));
        w.u32("llama.feed_forward_length", positive("intermediate_size"));
        w.u32("llama.attention.head_count", heads);
        w.u32("llama.attention.head_count_kv", keyValueHeads);
        JsonNode rope = config.path("rope_parameters");
        w.f32("llama.rope.freq_base", rope.path("rope_theta").asDouble(10_000));
        w.f32(
                "llama.attention.layer_norm_rms_epsilon",
                config.path("rms_norm_eps").asDouble(1e-6));
        w.u32("llama.attention.key_length", headDim);
        w.u32("llama.attention.value_length", headDim);
        if (config.path("sliding_window").isInt()) {
            w.u32(
                    "llama.attention.sliding_window",
                    config.path("sliding_window").intValue());
        }
        w.u32("general.file_type", fileType(tensors));
        w.u32("llama.vocab_size", rows());
        w.u32("llama.rope.dimension_count", headDim);
        RopeExport.settings(w, where, rope);
    }

    /// llama.cpp's number for the type of most of the file.
    private static int fileType(List<GgufWriter.Tensor> tensors) {
        Map<GgufType, Long> bytes = new LinkedHashMap<>();
        tensors.forEach(t -> bytes.merge(t.type(), t.bytes(), Long::sum));
        GgufType most = bytes.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .orElseThrow()
                .getKey();
        return switch (most) {
            case F16 -> 1;
            case Q8_0 -> 7;
            case BF16 -> 32;
            default -> 0;
        };
    }

    private int rows() {
        return weights.find("model.embed_tokens.weight")
                .orElseThrow(() -> missing("model.embed_tokens.weight"))
                .type()
                .dim(0);
    }

    private record Placed(LlamaTensors.Rule rule, Weight weight) {}

    private List<GgufWriter.Tensor> tensors(Optional<GgufType> type) {
        List<Placed> placed = new ArrayList<>();
        Set<String> names = new HashSet<>();
        boolean tied = config.path("tie_word_embeddings").asBoolean(false);
        for (String name : weights.names()) {
            if (name.endsWith(DERIVED) || (tied && name.equals(HEAD))) {
                continue;
            }
            Weight weight = weights.find(name).orElseThrow();
            LlamaTensors.Rule rule = LlamaTensors.fromHuggingFace(name).orElseThrow(() -> unmatched(weight));
            checkRows(weight, rule.rows());
            names.add(name);
            placed.add(new Placed(rule, weight));
        }
        LlamaTensors.required(layers, tied)
                .filter(n -> !names.contains(n))
                .findFirst()
                .ifPresent(n -> {
                    throw missing(n);
                });
        placed.sort(Comparator.comparingInt((Placed p) -> p.rule().layer())
                .thenComparing(p -> p.rule().gguf()));
        List<GgufWriter.Tensor> tensors = new ArrayList<>();
        RopeExport.factors(where, config.path("rope_parameters"), headDim)
                .ifPresent(factors -> tensors.add(RopeExport.tensor(factors)));
        placed.forEach(p -> tensors.add(tensor(p, type)));
        return tensors;
    }

    private GgufWriter.Tensor tensor(Placed placed, Optional<GgufType> asked) {
        Weight weight = placed.weight();
        Shape shape = weight.type().shape();
        GgufType type = type(weight, asked);
        boolean same = placed.rule().rows() == LlamaTensors.Rows.SAME;
        Expansion.RowOrder order = same ? row -> row : row -> LlamaTensors.huggingFaceRow(row, headDim);
        WholeFile.Content data =
                same && type.plain().equals(Optional.of(weight.type().dtype()))
                        ? channel -> WholeFile.writeAll(channel, weight.segment())
                        : channel -> Encoding.write(weight, type, order, channel);
        return new GgufWriter.Tensor(placed.rule().gguf(), shape, type, data);
    }

    private static GgufType type(Weight weight, Optional<GgufType> asked) {
        DType dtype = weight.type().dtype();
        if (!dtype.isFloat()) {
            throw new UserError(weight.source() + ": " + Named.tensor(weight.name()) + " has type " + dtype.text()
                    + ", but a Llama's weights are floating-point numbers. Is the file of another kind of model?");
        }
        if (weight.type().rank() < 2) {
            return GgufType.F32;
        }
        GgufType type = asked.orElse(
                switch (dtype) {
                    case F16, F8_E5M2 -> GgufType.F16;
                    case BF16, F8_E4M3 -> GgufType.BF16;
                    default -> GgufType.F32;
                });
        // Rows that are no whole number of blocks, as llama.cpp's converter writes them.
        return weight.type().dim(-1) % type.blockElements() == 0 ? type : GgufType.F16;
    }

    private void checkRows(Weight weight, LlamaTensors.Rows rows) {
        int expected = switch (rows) {
            case SAME -> -1;
            case QUERY_HEADS -> heads * headDim;
            case KEY_HEADS -> keyValueHeads * headDim;
        };
        Shape shape = weight.type().shape();
        if (expected >= 0 && (shape.rank() == 0 || shape.dim(0) != expected)) {
            throw new UserError(weight.source() + ": " + Named.tensor(weight.name()) + " has shape " + shape
                    + ", but config.json asks for " + expected + " rows ("
                    + (rows == LlamaTensors.Rows.KEY_HEADS ? keyValueHeads : heads) + " heads x head_dim " + headDim
                    + "). Is config.json from another checkpoint?");
        }
    }

    private UserError unmatched(Weight weight) {
        String general = weight.name().replaceAll("(?<=\\.)[0-9]+(?=\\.)", "*");
        List<String> near = Nearest.of(Named.shortened(general), LlamaTensors.huggingFaceNames(), 3);
        return new UserError(weight.source() + " holds " + Named.tensor(weight.name())
                + ", which has no place in a Llama's GGUF. "
                + (near.isEmpty() ? "No name of one is near." : "The nearest names: " + String.join(", ", near) + ".")
                + " Is the checkpoint of another kind of model?");
    }

    private UserError missing(String name) {
        List<String> near = Nearest.of(name, weights.names(), 3);
        return new UserError(weights.source() + " has no " + Named.tensor(name) + ", which config.json asks for."
                + (near.isEmpty() ? "" : " The nearest that it has: " + String.join(", ", near) + ".")
                + " Is the checkpoint complete, and of a Llama?");
    }

    private int positive(String key) {
        JsonNode value = config.path(key);
        if (!value.isInt() || value.intValue() < 1) {
            throw new UserError(where + ": " + key + ": expected a positive number, found "
                    + (value.isMissingNode() ? "nothing" : Named.shortened(value.toString())) + ".");
        }
        return value.intValue();
    }
}
