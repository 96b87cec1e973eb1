package org.rduzoo.checkpoint.gguf;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.rduzoo.checkpoint.file.Named;
import org.rduzoo.samba.UserError;

/// The vocabulary of a GGUF file: its tokens, what each is for, and how text becomes tokens.
///
/// `tokenizer.ggml.model` is `gpt2` (byte-level, with merges) or `llama` (SentencePiece, with scores).
final class GgufVocabulary {

    /// What a token is for.
    enum Use {
        /// Part of text.
        NORMAL,
        /// Stands for what has no token.
        UNKNOWN,
        /// A mark such as the end of a turn; never part of text.
        CONTROL,
        /// Part of text that is found before anything else.
        USER_DEFINED,
        UNUSED,
        /// One byte, for characters that have no token.
        BYTE;

        /// Its number in a file.
        int number() {
            return List.of(values()).indexOf(this) + 1;
        }
    }

    /// Tokens that end a turn in templates, for files that name the end of a text alone.
    private static final List<String> TURN_ENDS = List.of("<|eot_id|>", "<|im_end|>", "<|end|>");

    private final GgufFile file;
    private final GgufMetadata m;
    private final boolean sentencePiece;
    private final List<String> tokens = new ArrayList<>();
    private final List<Use> uses = new ArrayList<>();
    private final Map<String, Integer> ids = new LinkedHashMap<>();

    private GgufVocabulary(GgufFile file, boolean sentencePiece) {
        this.file = file;
        this.m = file.metadata();
        this.sentencePiece = sentencePiece;
        readTokens();
    }

    /// The vocabulary of a file, if it has one.
    ///
    /// @throws UserError if it is of a kind that is not known, or contradicts itself
    static Optional<GgufVocabulary> of(GgufFile file) {
        Optional<String> model = file.metadata().text("tokenizer.ggml.model");
        if (model.isEmpty() || model.get().equals("none") || model.get().equals("no_vocab")) {
            return Optional.empty();
        }
        return switch (model.get()) {
            case "gpt2" -> Optional.of(new GgufVocabulary(file, false));
            case "llama" -> Optional.of(new GgufVocabulary(file, true));
            default ->
                throw new UserError(file.source() + ": metadata tokenizer.ggml.model is "
                        + Named.shortened(model.get())
                        + "; gpt2 and llama are known.\nGive the ids of the prompt instead, or use"
                        + " the Hugging Face folder.");
        };
    }

    private void readTokens() {
        GgufValue.Texts texts = m.texts("tokenizer.ggml.tokens")
                .orElseThrow(() -> broken("tokenizer.ggml.tokens", "the tokens", "nothing"));
        Optional<GgufValue.Numbers> types = m.numbers("tokenizer.ggml.token_type");
        types.filter(t -> t.size() != texts.size()).ifPresent(t -> {
            throw broken(
                    "tokenizer.ggml.token_type", "one number for each of " + texts.size() + " tokens", "" + t.size());
        });
        for (int id = 0; id < texts.size(); id++) {
            String token = texts.get(id);
            Use use = types.isPresent() ? use(types.get(), id) : Use.NORMAL;
            if (ids.containsKey(token) && use == Use.UNUSED) {
                // Padding of the vocabulary: only its place counts.
                token = "[UNUSED_" + id + "]";
            }
            Integer before = ids.putIfAbsent(token, id);
            if (before != null) {
                throw broken(
                        "tokenizer.ggml.tokens",
                        "each token once",
                        Named.shortened(token) + " at " + before + " and " + id);
            }
            tokens.add(token);
            uses.add(use);
        }
        for (String role : List.of("bos", "eos", "unknown", "padding", "eot", "eom")) {
            special(role).filter(id -> uses.get(id) == Use.NORMAL).ifPresent(id -> uses.set(id, Use.CONTROL));
        }
    }

    private Use use(GgufValue.Numbers types, int id) {
        long type = types.longAt(id);
        if (type < 1 || type > Use.values().length) {
            throw broken("tokenizer.ggml.token_type", "1 to " + Use.values().length, type + " for token " + id);
        }
        return Use.values()[(int) type - 1];
    }

    boolean isSentencePiece() {
        return sentencePiece;
    }

    GgufMetadata metadata() {
        return m;
    }

    /// Number of tokens.
    int size() {
        return tokens.size();
    }

    String token(int id) {
        return tokens.get(id);
    }

    Use use(int id) {
        return uses.get(id);
    }

    /// The ids by token.
    Map<String, Integer> ids() {
        return ids;
    }

    /// The id of the token for a role: `bos`, `eos`, `unknown`, `padding`, `eot`, `eom`. A SentencePiece
    /// vocabulary has the usual ones where the file does not say.
    Optional<Integer> special(String role) {
        String key = "tokenizer.ggml." + role + "_token_id";
        long none = -1;
        long usual = !sentencePiece
                ? none
                : switch (role) {
                    case "unknown" -> 0;
                    case "bos" -> 1;
                    case "eos" -> 2;
                    default -> none;
                };
        long id = m.integer(key).orElse(usual < size() ? usual : none);
        // Some converters write -1, as 32 bits without a sign, for a token that there is not.
        if (id == none || id == 0xffff_ffffL) {
            return Optional.empty();
        }
        if (id < 0 || id >= size()) {
            throw broken(key, "the number of one of the " + size() + " tokens", Long.toString(id));
        }
        return Optional.of((int) id);
    }

    /// All tokens that end an answer: the text's end, the turn's, and what ends a turn in the template.
    Set<Integer> ends() {
        Set<Integer> ends = new LinkedHashSet<>();
        for (String role : List.of("eos", "eot", "eom")) {
            special(role).ifPresent(ends::add);
        }
        String template = m.text("tokenizer.chat_template").orElse("");
        for (String end : TURN_ENDS) {
            Integer id = ids.get(end);
            if (id != null && uses.get(id) == Use.CONTROL && template.contains(end)) {
                ends.add(id);
            }
        }
        return ends;
    }

    /// Whether the beginning-of-text token is put before a text.
    boolean addsBos() {
        return m.bool("tokenizer.ggml.add_bos_token")
                .orElse(sentencePiece || preTokenizer().addsBos());
    }

    /// Whether the end-of-text token is put after a text.
    boolean addsEos() {
        return m.bool("tokenizer.ggml.add_eos_token").orElse(false);
    }

    /// How a byte-level vocabulary cuts words.
    ///
    /// @throws UserError if its name is not known: a guess would cut some texts wrongly, and nobody would
    /// see it
    PreTokenizer preTokenizer() {
        String name = m.text("tokenizer.ggml.pre").orElse("default");
        return PreTokenizer.named(name)
                .orElseThrow(() -> new UserError(file.source() + ": metadata tokenizer.ggml.pre is "
                        + Named.shortened(name) + ", which is not known; known are " + PreTokenizer.names()
                        + ".\nUse the model's Hugging Face folder, whose tokenizer.json has no need of it."));
    }

    /// The merges of a byte-level vocabulary, each as its two tokens.
    List<List<String>> merges() {
        GgufValue.Texts texts = m.texts("tokenizer.ggml.merges")
                .orElseThrow(() -> broken("tokenizer.ggml.merges", "the merges of a gpt2 vocabulary", "nothing"));
        return IntStream.range(0, texts.size())
                .mapToObj(i -> merge(texts.get(i), i))
                .toList();
    }

    private List<String> merge(String text, int i) {
        int space = text.indexOf(' ', 1);
        if (space > 0) {
            String left = text.substring(0, space);
            String right = text.substring(space + 1);
            if (ids.containsKey(left) && ids.containsKey(right) && ids.containsKey(left + right)) {
                return List.of(left, right);
            }
        }
        throw broken(
                "tokenizer.ggml.merges",
                "two tokens that make a third, with a space between",
                "\"" + Named.shortened(text) + "\" as merge " + i);
    }

    /// The merges of a SentencePiece vocabulary, each as its two tokens.
    List<List<String>> mergesByScore() {
        GgufValue.Numbers scores = m.numbers("tokenizer.ggml.scores")
                .orElseThrow(() -> broken("tokenizer.ggml.scores", "the scores of a llama vocabulary", "nothing"));
        if (scores.size() != size()) {
            throw broken("tokenizer.ggml.scores", "one for each of " + size() + " tokens", "" + scores.size());
        }
        Map<String, Double> merging = new LinkedHashMap<>();
        for (int id = 0; id < size(); id++) {
            if (uses.get(id) == Use.NORMAL) {
                merging.put(tokens.get(id), scores.doubleAt(id));
            }
        }
        return SentencePieceMerges.of(merging, ids).stream()
                .map(merge -> List.of(merge.left(), merge.right()))
                .toList();
    }

    /// The first id whose token stands for what has no token.
    OptionalInt unknown() {
        return special("unknown")
                .map(OptionalInt::of)
                .orElseGet(() -> IntStream.range(0, size())
                        .filter(id -> uses.get(id) == Use.UNKNOWN)
                        .findFirst());
    }

    /// The tokenizer's files of a Hugging Face folder.
    ///
    /// @param contextLength positions that the model can attend to
    Map<String, String> files(int contextLength) {
        return new TokenizerFiles(this).all(contextLength);
    }

    private UserError broken(String key, String expected, String found) {
        return new UserError(file.source() + ": metadata " + key + ": expected " + expected + ", found " + found
                + ".\nThe vocabulary is damaged or incomplete: get the file again, or use the Hugging Face folder.");
    }
}
