package org.rduzoo.runners.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.checkpoint.file.SideFile;
import org.rduzoo.checkpoint.file.WholeFile;
import org.rduzoo.runners.chat.ChatTemplate;
import org.rduzoo.runners.text.Tokenizer;
import org.rduzoo.samba.UserError;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The tokenizer that data is prepared with, and what a data set says of it.
///
/// @param source where it comes from, for messages
/// @param beginToken the number of the token that begins a text, if there is one
/// @param endToken the number of the token that ends a text
/// @param vocabularySize tokens of the vocabulary, those added to it left out
/// @param modelType `model_type` of the checkpoint it comes with, or empty
/// @param files its files by name, to go with the data
record DataTokenizer(
        String source,
        Tokenizer tokenizer,
        OptionalInt beginToken,
        int endToken,
        int vocabularySize,
        String modelType,
        Map<String, SideFile> files)
        implements AutoCloseable {

    private static final String TOKENIZER = "tokenizer.json";
    private static final String TOKENIZER_CONFIG = "tokenizer_config.json";
    private static final String SPECIAL_TOKENS = "special_tokens_map.json";
    private static final String CONFIG = "config.json";
    private static final String GENERATION = "generation_config.json";

    /// Besides [#TOKENIZER].
    private static final List<String> FILES = List.of(
            TOKENIZER_CONFIG,
            SPECIAL_TOKENS,
            CONFIG,
            GENERATION,
            "added_tokens.json",
            "vocab.json",
            "merges.txt",
            "chat_template.jinja");

    /// Reads the tokenizer at `path`: a checkpoint's folder, a folder with GPT-2's `vocab.json` and `merges.txt`, a
    /// `tokenizer.json`, or a single-file checkpoint that brings one.
    ///
    /// @param special special tokens to add, by their role, as in `sep_token`
    /// @throws UserError when there is none, or it has no end token
    static DataTokenizer open(Path path, SequencedMap<String, List<String>> special) {
        Map<String, SideFile> files = new TreeMap<>(files(path));
        ObjectNode json =
                Json.read(path + "/" + TOKENIZER, file(files, TOKENIZER).bytes());
        if (!special.isEmpty()) {
            special.values().forEach(tokens -> tokens.forEach(t -> add(t, json)));
            files.put(TOKENIZER, SideFile.of(Gpt2Files.bytes(json)));
            files.put(TOKENIZER_CONFIG, SideFile.of(withRoles(path, files, special)));
        }
        int endToken = named("eos_token", path, files, json)
                .orElseThrow(() -> new UserError(path + " does not say which token ends a text (eos_token in "
                        + TOKENIZER_CONFIG + "). Name it, as in --special-tokens-dict '{\"eos_token\": \"</s>\"}'."));
        Tokenizer tokenizer =
                Tokenizer.of(path.toString(), file(files, TOKENIZER).bytes());
        JsonNode vocabulary = json.path("model").path("vocab");
        return new DataTokenizer(
                path.toString(),
                tokenizer,
                named("bos_token", path, files, json).map(OptionalInt::of).orElseGet(OptionalInt::empty),
                endToken,
                vocabulary.size(),
                json(path, files, CONFIG).path("model_type").asString(""),
                files);
    }

    private static SideFile file(Map<String, SideFile> files, String name) {
        SideFile file = files.get(name);
        if (file == null) {
            throw new IllegalStateException(name);
        }
        return file;
    }

    private static Map<String, SideFile> files(Path path) {
        if (Files.isDirectory(path)) {
            return folder(path);
        }
        if (!Files.exists(path)) {
            throw new UserError(path + " does not exist. Expected a folder with " + TOKENIZER
                    + ", or with vocab.json and merges.txt.");
        }
        if (path.getFileName().toString().endsWith(".json")) {
            Map<String, SideFile> files = new TreeMap<>();
            files.put(TOKENIZER, SideFile.at(path));
            beside(path.toAbsolutePath().resolveSibling(""), files);
            return files;
        }
        try (Checkpoint checkpoint = Checkpoint.open(path)) {
            if (checkpoint.file(TOKENIZER).isEmpty()) {
                throw new UserError(path + " brings no tokenizer. Name a folder with " + TOKENIZER + ".");
            }
            Map<String, SideFile> files = new TreeMap<>(checkpoint.files());
            files.put(CONFIG, SideFile.of(Json.pretty(checkpoint.config())));
            return files;
        }
    }

    private static Map<String, SideFile> folder(Path folder) {
        Map<String, SideFile> files = new TreeMap<>();
        beside(folder, files);
        Path json = folder.resolve(TOKENIZER);
        if (Files.isRegularFile(json)) {
            files.put(TOKENIZER, SideFile.at(json));
            return files;
        }
        Optional<Path> vocabulary = only(folder, "vocab.json");
        Optional<Path> merges = only(folder, "merges.txt");
        if (vocabulary.isEmpty() || merges.isEmpty()) {
            throw new UserError(folder + " has neither " + TOKENIZER + " nor vocab.json with merges.txt. Is it the "
                    + "folder of a checkpoint?");
        }
        files.put("vocab.json", SideFile.at(vocabulary.get()));
        files.put("merges.txt", SideFile.at(merges.get()));
        files.put(
                TOKENIZER,
                SideFile.of(Gpt2Files.bytes(Gpt2Files.tokenizer(
                        merges.get().toString(),
                        Json.read(vocabulary.get()),
                        file(files, "merges.txt").text()))));
        files.putIfAbsent(TOKENIZER_CONFIG, SideFile.of(Gpt2Files.config()));
        files.putIfAbsent(CONFIG, SideFile.of(Json.pretty(Json.object().put("model_type", "gpt2"))));
        return files;
    }

    private static void beside(Path folder, Map<String, SideFile> files) {
        for (String name : FILES) {
            Path file = folder.resolve(name);
            if (Files.isRegularFile(file)) {
                files.put(name, SideFile.at(file));
            }
        }
    }

    /// The file of this name, or the only one whose name ends like it, as in `gpt2-vocab.json`.
    private static Optional<Path> only(Path folder, String name) {
        Path exact = folder.resolve(name);
        if (Files.isRegularFile(exact)) {
            return Optional.of(exact);
        }
        try (Stream<Path> all = Files.list(folder)) {
            List<Path> found = all.filter(Files::isRegularFile)
                    .filter(p -> p.getFileName().toString().endsWith(name))
                    .toList();
            return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
        } catch (IOException e) {
            throw new UserError("%s cannot be read: %s".formatted(folder, UserError.reason(e)), e);
        }
    }

    private static void add(String token, ObjectNode json) {
        if (id(token, json).isPresent()
                && json.path("added_tokens")
                        .valueStream()
                        .anyMatch(t -> t.path("content").asString("").equals(token))) {
            return;
        }
        int next = 1
                + Math.max(
                        json.path("added_tokens")
                                .valueStream()
                                .mapToInt(t -> t.path("id").asInt())
                                .max()
                                .orElse(-1),
                        largest(json.path("model").path("vocab")));
        ArrayNode added = json.path("added_tokens").isArray()
                ? (ArrayNode) json.path("added_tokens")
                : json.putArray("added_tokens");
        added.add(Gpt2Files.special(token, id(token, json).orElse(next)));
    }

    private static int largest(JsonNode vocabulary) {
        return vocabulary.isArray()
                ? vocabulary.size() - 1
                : vocabulary.valueStream().mapToInt(JsonNode::asInt).max().orElse(-1);
    }

    private static byte[] withRoles(
            Path path, Map<String, SideFile> files, SequencedMap<String, List<String>> special) {
        ObjectNode config = json(path, files, TOKENIZER_CONFIG);
        special.forEach((role, tokens) -> {
            if (role.endsWith("s")) {
                ArrayNode list = config.putArray(role);
                tokens.forEach(list::add);
            } else {
                config.put(role, tokens.getFirst());
            }
        });
        return Json.pretty(config);
    }

    /// The number of a token by its role, as in `eos_token`.
    private static Optional<Integer> named(String role, Path path, Map<String, SideFile> files, ObjectNode tokenizer) {
        for (String name : List.of(TOKENIZER_CONFIG, SPECIAL_TOKENS)) {
            JsonNode token = json(path, files, name).path(role);
            String text = token.isString()
                    ? token.stringValue()
                    : token.path("content").asString("");
            if (!text.isEmpty()) {
                return Optional.of(id(text, tokenizer)
                        .orElseThrow(() -> new UserError("%s/%s names \"%s\" as its %s, but %s has no such token."
                                .formatted(path, name, text, role, TOKENIZER))));
            }
        }
        for (String name : List.of(GENERATION, CONFIG)) {
            JsonNode id = json(path, files, name).path(role + "_id");
            JsonNode first = id.isArray() ? id.path(0) : id;
            if (first.isInt()) {
                return Optional.of(first.intValue());
            }
        }
        return Optional.empty();
    }

    /// The object in a file, or an empty one if there is no such file.
    private static ObjectNode json(Path path, Map<String, SideFile> files, String name) {
        SideFile file = files.get(name);
        return file == null ? Json.object() : Json.read(path + "/" + name, file.bytes());
    }

    private static Optional<Integer> id(String token, ObjectNode tokenizer) {
        Optional<Integer> added = tokenizer
                .path("added_tokens")
                .valueStream()
                .filter(t -> t.path("content").asString("").equals(token))
                .map(t -> t.path("id").asInt())
                .findFirst();
        if (added.isPresent()) {
            return added;
        }
        JsonNode vocabulary = tokenizer.path("model").path("vocab");
        if (vocabulary.isArray()) {
            return IntStream.range(0, vocabulary.size())
                    .filter(i -> vocabulary.path(i).path(0).asString("").equals(token))
                    .boxed()
                    .findFirst();
        }
        return vocabulary.has(token) ? Optional.of(vocabulary.path(token).asInt()) : Optional.empty();
    }

    /// `model_type` in the words of the Python library, which a data set is checked by.
    String modelClass() {
        if (modelType.isEmpty()) {
            return "unknown";
        }
        String module = modelType.replace('-', '_');
        String name = switch (module) {
            case "gpt2" -> "GPT2";
            case "gpt_neox" -> "GPTNeoX";
            case "gptj" -> "GPTJ";
            case "gpt_neo" -> "GPTNeo";
            case "opt" -> "OPT";
            default ->
                Stream.of(module.split("_", -1))
                        .map(p -> p.substring(0, 1).toUpperCase(Locale.ROOT) + p.substring(1))
                        .reduce("", String::concat);
        };
        return "<class 'transformers.models.%s.configuration_%s.%sConfig'>".formatted(module, module, name);
    }

    /// The chat template that comes with the tokenizer.
    ///
    /// @throws UserError when none does
    ChatTurns chat() {
        ObjectNode config = json(Path.of(source), files, TOKENIZER_CONFIG);
        JsonNode inConfig = config.path("chat_template");
        JsonNode named = inConfig.isArray()
                ? inConfig.valueStream()
                        .filter(t -> t.path("name").asString("").equals("default"))
                        .findFirst()
                        .map(t -> t.path("template"))
                        .orElse(inConfig)
                : inConfig;
        SideFile file = files.get("chat_template.jinja");
        if (file == null && !named.isString()) {
            throw new UserError(source + " has no chat template (chat_template.jinja, or chat_template in "
                    + TOKENIZER_CONFIG + "). Leave --apply-chat-template out, or take a tokenizer that has one.");
        }
        Map<String, Object> variables = new TreeMap<>();
        for (String name : List.of(SPECIAL_TOKENS, TOKENIZER_CONFIG)) {
            json(Path.of(source), files, name).forEachEntry((role, token) -> {
                JsonNode content = token.isObject() ? token.path("content") : token;
                if (role.endsWith("_token") && content.isString()) {
                    variables.put(role, content.stringValue());
                }
            });
        }
        return new ChatTurns(
                ChatTemplate.of(source + ": chat template", file == null ? named.stringValue() : file.text()),
                variables);
    }

    /// Tokens of `text`, with no special ones added.
    long[] encode(String text) {
        return tokenizer.encode(text, false).ids();
    }

    /// Writes its files into `folder`.
    void save(Path folder) {
        files.forEach((name, file) -> WholeFile.write(folder.resolve(name), false, file.bytes()));
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
