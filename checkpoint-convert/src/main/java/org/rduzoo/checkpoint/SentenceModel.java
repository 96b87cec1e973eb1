package org.rduzoo.checkpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.checkpoint.file.SideFile;
import org.rduzoo.samba.Pooling;
import org.rduzoo.samba.UserError;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// How an encoder's vectors become a sentence's: what the files of a sentence-embedding model say beside its weights.
///
/// @param pooling over tokens
/// @param normalize whether the sentence's vector is scaled to length 1
/// @param maxSequenceLength the longest text in tokens, special ones included; longer ones are cut
public record SentenceModel(Pooling pooling, boolean normalize, int maxSequenceLength) {

    private static final String POOLING = "1_Pooling/config.json";
    private static final String LENGTH = "sentence_bert_config.json";
    private static final String MODULES = "modules.json";
    private static final String TOKENIZER = "tokenizer.json";
    private static final String TOKENIZER_CONFIG = "tokenizer_config.json";
    private static final Pattern MODULE_TYPE = Pattern.compile("\"type\"\\s*:\\s*\"(?:[\\w.]*\\.)?(\\w+)\"");

    /// What a checkpoint says: empty where it has no `1_Pooling/config.json`.
    public static Optional<SentenceModel> of(Checkpoint checkpoint) {
        return checkpoint.json(POOLING).map(pooling -> {
            // Without a list of its modules, it is taken for a sentence model like most.
            boolean normalize =
                    checkpoint.file(MODULES).map(SentenceModel::normalizes).orElse(true);
            int length = checkpoint
                    .json(LENGTH)
                    .map(c -> c.path("max_seq_length").asInt(0))
                    .filter(n -> n > 0)
                    .orElseGet(() ->
                            checkpoint.config().path("max_position_embeddings").asInt(512));
            return new SentenceModel(pooling(pooling), normalize, length);
        });
    }

    /// Whether vectors are scaled at the end.
    ///
    /// @throws UserError when the list of modules has one that would change them otherwise
    private static boolean normalizes(SideFile modules) {
        boolean normalizes = false;
        Matcher type = MODULE_TYPE.matcher(modules.text());
        while (type.find()) {
            switch (type.group(1)) {
                case "Transformer", "Pooling" -> {}
                case "Normalize" -> normalizes = true;
                default ->
                    throw new UserError(("modules.json has a module of type %s, which is not supported; Transformer,"
                                    + " Pooling and Normalize are. Feed tokens with --inputs to get what comes before"
                                    + " it.")
                            .formatted(type.group(1)));
            }
        }
        return normalizes;
    }

    /// One way of pooling; several would be put side by side.
    private static Pooling pooling(ObjectNode config) {
        List<String> modes = new ArrayList<>();
        config.forEachEntry((key, value) -> {
            if (key.startsWith("pooling_mode_") && value.asBoolean(false)) {
                modes.add(key);
            } else if (key.equals("pooling_mode")) {
                modes.add("pooling_mode_" + value.asString("")
                        + (value.asString("").equals("cls") ? "_token" : "_tokens"));
            }
        });
        return switch (String.join(", ", modes)) {
            case "pooling_mode_cls_token" -> Pooling.CLS;
            case "pooling_mode_mean_tokens" -> Pooling.MEAN;
            default ->
                throw new UserError(("%s asks for %s, which is not supported; pooling_mode_mean_tokens or"
                                + " pooling_mode_cls_token is.")
                        .formatted(POOLING, modes.isEmpty() ? "no pooling mode" : String.join(", ", modes)));
        };
    }

    /// `checkpoint` with the files that say this, and its tokenizer as it is without what was baked into it: padding
    /// and truncation are for whoever feeds the model to choose.
    public Checkpoint appliedTo(Checkpoint checkpoint) {
        Map<String, SideFile> files = new TreeMap<>(checkpoint.files());
        files.put(
                POOLING,
                json(poolingConfig(checkpoint.config().path("hidden_size").asInt(0))));
        files.put(
                LENGTH,
                json(Json.object().put("max_seq_length", maxSequenceLength).put("do_lower_case", false)));
        files.put(MODULES, SideFile.of(Json.pretty(modules())));
        checkpoint.json(TOKENIZER).ifPresent(tokenizer -> {
            files.put(TOKENIZER, json(unpadded(tokenizer)));
            int longest = checkpoint.config().path("max_position_embeddings").asInt(512);
            files.putIfAbsent(TOKENIZER_CONFIG, json(tokenizerConfig(tokenizer, longest)));
        });
        return new Checkpoint(checkpoint.format(), checkpoint.weights(), checkpoint.config(), files);
    }

    private static SideFile json(ObjectNode object) {
        return SideFile.of(Json.pretty(object));
    }

    private ObjectNode poolingConfig(int size) {
        return Json.object()
                .put("word_embedding_dimension", size)
                .put("pooling_mode_cls_token", pooling == Pooling.CLS)
                .put("pooling_mode_mean_tokens", pooling == Pooling.MEAN)
                .put("pooling_mode_max_tokens", false)
                .put("pooling_mode_mean_sqrt_len_tokens", false);
    }

    private ArrayNode modules() {
        ArrayNode modules = Json.object().putArray("modules");
        module(modules, "", "Transformer");
        module(modules, "1_Pooling", "Pooling");
        if (normalize) {
            module(modules, "2_Normalize", "Normalize");
        }
        return modules;
    }

    private static void module(ArrayNode modules, String path, String type) {
        int index = modules.size();
        modules.addObject()
                .put("idx", index)
                .put("name", Integer.toString(index))
                .put("path", path)
                .put("type", "sentence_transformers.models." + type);
    }

    private static ObjectNode unpadded(ObjectNode tokenizer) {
        ObjectNode plain = tokenizer.deepCopy();
        plain.putNull("truncation");
        plain.putNull("padding");
        return plain;
    }

    /// What `tokenizer_config.json` would say, from the tokenizer itself: its special tokens are known by their text.
    private static ObjectNode tokenizerConfig(ObjectNode tokenizer, int longest) {
        ObjectNode config = Json.object();
        config.put("tokenizer_class", "BertTokenizer");
        config.put(
                "do_lower_case", tokenizer.path("normalizer").path("lowercase").asBoolean(true));
        config.put("model_max_length", longest);
        for (JsonNode token : tokenizer.path("added_tokens")) {
            String text = token.path("content").asString("");
            switch (text) {
                case "[PAD]" -> config.put("pad_token", text);
                case "[UNK]" -> config.put("unk_token", text);
                case "[CLS]" -> config.put("cls_token", text);
                case "[SEP]" -> config.put("sep_token", text);
                case "[MASK]" -> config.put("mask_token", text);
                default -> {
                    // Other added tokens have no key of their own.
                }
            }
        }
        return config;
    }
}
