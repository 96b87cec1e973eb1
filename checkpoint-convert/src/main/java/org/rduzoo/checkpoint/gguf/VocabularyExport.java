package org.rduzoo.checkpoint.gguf;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.checkpoint.gguf.GgufVocabulary.Use;
import org.rduzoo.samba.UserError;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The tokenizer of a Hugging Face folder as the metadata of a GGUF file: the inverse of [TokenizerFiles].
///
/// Byte-level vocabularies keep their merges; the way they cut words must be one that GGUF has a name for.
/// SentencePiece
/// vocabularies get scores in place of merges, see [SentencePieceScores].
final class VocabularyExport {

    private static final Map<String, String> ROLES = roles();

    private final GgufWriter w;
    private final String where;
    private final ObjectNode tokenizer;
    private final ObjectNode config;
    private final JsonNode model;
    private final List<String> tokens = new ArrayList<>();
    private final List<Use> uses = new ArrayList<>();
    private final Map<String, Integer> ids = new HashMap<>();

    private VocabularyExport(GgufWriter w, LlamaExport.Source source, ObjectNode tokenizer, int rows) {
        this.w = w;
        this.where = source.weights().source() + ": tokenizer.json";
        this.tokenizer = tokenizer;
        this.config = source.tokenizerConfig().orElseGet(tokenizer::objectNode);
        this.model = tokenizer.path("model");
        if (!model.path("type").asString("").equals("BPE")) {
            throw new UserError(where + " has a model of type "
                    + Named.shortened(model.path("type").toString())
                    + "; BPE can be written as GGUF, as every Llama has it.");
        }
        readTokens(rows);
    }

    /// Keys of `tokenizer_config.json`, and what GGUF calls the role.
    private static Map<String, String> roles() {
        Map<String, String> roles = new LinkedHashMap<>();
        roles.put("bos_token", "bos");
        roles.put("eos_token", "eos");
        roles.put("unk_token", "unknown");
        roles.put("pad_token", "padding");
        return roles;
    }

    /// Adds the tokenizer's metadata.
    ///
    /// @param rows of the embedding: each has a token
    static void write(GgufWriter w, LlamaExport.Source source, int rows) {
        if (source.tokenizer().isEmpty()) {
            w.text("tokenizer.ggml.model", "none");
            ROLES.forEach((key, role) -> first(source.config().path(key + "_id"), rows)
                    .ifPresent(id -> w.u32("tokenizer.ggml." + role + "_token_id", id)));
            return;
        }
        new VocabularyExport(w, source, source.tokenizer().get(), rows).write(source);
    }

    private void write(LlamaExport.Source source) {
        boolean pieces = isSentencePiece();
        w.text("tokenizer.ggml.model", pieces ? "llama" : "gpt2");
        w.text("tokenizer.ggml.pre", pieces ? "default" : preTokenizer());
        w.texts("tokenizer.ggml.tokens", tokens);
        if (pieces) {
            w.f32s("tokenizer.ggml.scores", SentencePieceScores.of(where, merges(), ids, uses));
        }
        w.i32s("tokenizer.ggml.token_type", uses.stream().mapToInt(Use::number).toArray());
        if (!pieces) {
            w.texts(
                    "tokenizer.ggml.merges",
                    merges().stream().map(m -> m.getFirst() + " " + m.getLast()).toList());
        }
        ROLES.forEach(
                (key, role) -> special(source, key).ifPresent(id -> w.u32("tokenizer.ggml." + role + "_token_id", id)));
        mark("add_bos_token", 0).ifPresent(on -> w.bool("tokenizer.ggml.add_bos_token", on));
        mark("add_eos_token", -1).ifPresent(on -> w.bool("tokenizer.ggml.add_eos_token", on));
        if (pieces || config.path("add_prefix_space").isBoolean()) {
            w.bool("tokenizer.ggml.add_space_prefix", addsSpace());
        }
        templates(source);
    }

    private void readTokens(int rows) {
        String[] byId = new String[rows];
        Use[] useById = new Use[rows];
        model.path("vocab").properties().forEach(e -> place(e.getKey(), e.getValue(), Use.NORMAL, byId, useById));
        for (JsonNode added : tokenizer.path("added_tokens")) {
            Use use = added.path("special").asBoolean(false) ? Use.CONTROL : Use.USER_DEFINED;
            place(added.path("content").asString(""), added.path("id"), use, byId, useById);
        }
        String unknown = model.path("unk_token").asString("");
        boolean bytes = model.path("byte_fallback").asBoolean(false);
        for (int id = 0; id < rows; id++) {
            String token = byId[id] == null ? "[PAD" + id + "]" : byId[id];
            boolean padding = token.equals("[PAD" + id + "]") || token.equals("[UNUSED_" + id + "]");
            Use use = useById[id] == null || (padding && useById[id] == Use.NORMAL) ? Use.UNUSED : useById[id];
            if (!unknown.isEmpty() && token.equals(unknown)) {
                use = Use.UNKNOWN;
            } else if (bytes && use == Use.NORMAL && token.matches("<0x[0-9A-F]{2}>")) {
                use = Use.BYTE;
            }
            tokens.add(token);
            uses.add(use);
            ids.put(token, id);
        }
    }

    private void place(String token, JsonNode number, Use use, String[] byId, Use[] useById) {
        int id = number.isInt() ? number.intValue() : -1;
        if (id < 0 || id >= byId.length) {
            throw new UserError(where + ": token \"" + Named.shortened(token) + "\" has number "
                    + Named.shortened(number.toString()) + ", but the embedding has " + byId.length
                    + " rows. Is the tokenizer another model's?");
        }
        if (byId[id] != null && !byId[id].equals(token)) {
            throw new UserError(where + ": number " + id + " is \"" + Named.shortened(byId[id]) + "\" and \""
                    + Named.shortened(token) + "\". Mend it, or get it again.");
        }
        byId[id] = token;
        useById[id] = use;
    }

    /// Byte-level vocabularies say so where they cut words, or where they put them together.
    private boolean isSentencePiece() {
        return !mentions(tokenizer.path("pre_tokenizer"), "ByteLevel")
                && !mentions(tokenizer.path("decoder"), "ByteLevel");
    }

    private static boolean mentions(JsonNode step, String type) {
        if (step.path("type").asString("").equals(type)) {
            return true;
        }
        for (JsonNode inner : step.path(step.has("decoders") ? "decoders" : "pretokenizers")) {
            if (mentions(inner, type)) {
                return true;
            }
        }
        return false;
    }

    private String preTokenizer() {
        boolean ignoresMerges = model.path("ignore_merges").asBoolean(false);
        return PreTokenizer.nameOf(tokenizer.path("pre_tokenizer"), ignoresMerges)
                .orElseThrow(() -> new UserError(where + ": its pre_tokenizer "
                        + Named.shortened(tokenizer.path("pre_tokenizer").toString())
                        + " is none that GGUF has a name for among " + PreTokenizer.names()
                        + ".\nllama.cpp would cut words in another way; write a Hugging Face folder instead."));
    }

    private List<List<String>> merges() {
        List<List<String>> merges = new ArrayList<>();
        for (JsonNode merge : model.path("merges")) {
            String text = merge.asString("");
            int space = text.indexOf(' ', 1);
            if (merge.isArray() && merge.size() == 2) {
                merges.add(List.of(merge.get(0).asString(""), merge.get(1).asString("")));
            } else if (space > 0) {
                merges.add(List.of(text.substring(0, space), text.substring(space + 1)));
            } else {
                throw new UserError(where + ": merge " + merges.size() + " is " + Named.shortened(merge.toString())
                        + ", but two tokens were expected. Mend it, or get it again.");
            }
        }
        return merges;
    }

    /// The number of a special token: what the tokenizer's config calls it, else what `config.json` says.
    private Optional<Integer> special(LlamaExport.Source source, String key) {
        JsonNode named = config.path(key);
        String token = named.isObject() ? named.path("content").asString("") : named.asString("");
        Integer id = ids.get(token);
        if (id != null) {
            return Optional.of(id);
        }
        return first(source.config().path(key + "_id"), tokens.size());
    }

    /// The number of a token in `config.json`, or the first of several.
    private static Optional<Integer> first(JsonNode number, int rows) {
        JsonNode first = number.isArray() ? number.path(0) : number;
        return first.isInt() && first.intValue() >= 0 && first.intValue() < rows
                ? Optional.of(first.intValue())
                : Optional.empty();
    }

    /// Whether a mark is put before (place 0) or after (place -1) a text: as the config says, else as the tokenizer
    /// does.
    private Optional<Boolean> mark(String key, int place) {
        if (config.path(key).isBoolean()) {
            return Optional.of(config.path(key).booleanValue());
        }
        JsonNode processor = tokenizer.path("post_processor");
        List<JsonNode> all = new ArrayList<>(List.of(processor));
        processor.path("processors").forEach(all::add);
        for (JsonNode one : all) {
            JsonNode single = one.path("single");
            if (single.isArray() && !single.isEmpty()) {
                return Optional.of(
                        single.get(place < 0 ? single.size() - 1 : place).has("SpecialToken"));
            }
        }
        return Optional.empty();
    }

    /// Whether a space is put before a text, in either of the two ways that tokenizers have.
    private boolean addsSpace() {
        JsonNode normalizer = tokenizer.path("normalizer");
        List<JsonNode> steps = new ArrayList<>(List.of(normalizer, tokenizer.path("pre_tokenizer")));
        normalizer.path("normalizers").forEach(steps::add);
        tokenizer.path("pre_tokenizer").path("pretokenizers").forEach(steps::add);
        return steps.stream().anyMatch(s -> switch (s.path("type").asString("")) {
            case "Prepend" -> true;
            case "ByteLevel" -> s.path("add_prefix_space").asBoolean(true);
            case "Metaspace" ->
                s.path("add_prefix_space").asBoolean(true)
                        && !s.path("prepend_scheme").asString("always").equals("never");
            default -> false;
        });
    }

    private void templates(LlamaExport.Source source) {
        source.chatTemplate().ifPresent(t -> w.text("tokenizer.chat_template", t));
        List<String> others = new ArrayList<>();
        for (JsonNode named : config.path("chat_template")) {
            String name = named.path("name").asString("");
            if (!name.isEmpty() && !name.equals("default")) {
                w.text("tokenizer.chat_template." + name, named.path("template").asString(""));
                others.add(name);
            }
        }
        if (!others.isEmpty()) {
            w.texts("tokenizer.chat_templates", others);
        }
    }
}
