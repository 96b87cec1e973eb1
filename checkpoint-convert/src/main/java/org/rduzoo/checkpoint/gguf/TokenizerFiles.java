package org.rduzoo.checkpoint.gguf;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Writes a vocabulary as the files that Hugging Face's tokenizers read.
final class TokenizerFiles {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final JsonNodeFactory NEW = JsonNodeFactory.instance;

    /// SentencePiece's character for a space.
    private static final String SPACE = "▁";

    private static final String TEMPLATE = "tokenizer.chat_template";

    private final GgufVocabulary vocabulary;

    TokenizerFiles(GgufVocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    /// The files by name.
    Map<String, String> all(int contextLength) {
        Map<String, String> files = new LinkedHashMap<>();
        files.put("tokenizer.json", JSON.writeValueAsString(tokenizer()));
        files.put("tokenizer_config.json", pretty(config(contextLength)));
        files.put("generation_config.json", pretty(generation()));
        return files;
    }

    private static String pretty(ObjectNode json) {
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json);
    }

    private ObjectNode tokenizer() {
        ObjectNode json = NEW.objectNode();
        json.put("version", "1.0");
        json.putNull("truncation");
        json.putNull("padding");
        ArrayNode added = json.putArray("added_tokens");
        addedIds().forEach(id -> added.add(added(id).put("id", id)));
        boolean pieces = vocabulary.isSentencePiece();
        if (pieces) {
            json.set("normalizer", spacesToPieces());
            json.putNull("pre_tokenizer");
        } else {
            json.putNull("normalizer");
            json.set("pre_tokenizer", vocabulary.preTokenizer().json());
        }
        json.set("post_processor", postProcessor());
        json.set("decoder", pieces ? piecesToSpaces() : PreTokenizer.byteLevel());
        json.set("model", pieces ? sentencePieceModel() : byteLevelModel());
        return json;
    }

    private IntStream addedIds() {
        return IntStream.range(0, vocabulary.size()).filter(id -> switch (vocabulary.use(id)) {
            case UNKNOWN, CONTROL, USER_DEFINED -> true;
            case NORMAL, UNUSED, BYTE -> false;
        });
    }

    private ObjectNode added(int id) {
        return NEW.objectNode()
                .put("content", vocabulary.token(id))
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", vocabulary.use(id) != GgufVocabulary.Use.USER_DEFINED);
    }

    private ObjectNode byteLevelModel() {
        ObjectNode model = bpe(vocabulary.merges());
        model.put("ignore_merges", vocabulary.preTokenizer().ignoresMerges());
        return model;
    }

    private ObjectNode sentencePieceModel() {
        ObjectNode model = bpe(vocabulary.mergesByScore());
        vocabulary.unknown().ifPresent(id -> model.put("unk_token", vocabulary.token(id)));
        model.put("fuse_unk", true);
        model.put(
                "byte_fallback",
                IntStream.range(0, 256).allMatch(b -> vocabulary.ids().containsKey(String.format("<0x%02X>", b))));
        return model;
    }

    private ObjectNode bpe(List<List<String>> merges) {
        ObjectNode model = type("BPE");
        model.putNull("dropout");
        model.putNull("unk_token");
        model.putNull("continuing_subword_prefix");
        model.putNull("end_of_word_suffix");
        model.put("fuse_unk", false);
        model.put("byte_fallback", false);
        model.put("ignore_merges", false);
        ObjectNode vocab = model.putObject("vocab");
        vocabulary.ids().forEach(vocab::put);
        ArrayNode list = model.putArray("merges");
        merges.forEach(m -> list.addArray().add(m.getFirst()).add(m.getLast()));
        return model;
    }

    /// Spaces become `▁`, and one is put before the text unless the file says otherwise.
    private ObjectNode spacesToPieces() {
        ObjectNode sequence = type("Sequence");
        ArrayNode steps = sequence.putArray("normalizers");
        if (addsSpace()) {
            steps.add(type("Prepend").put("prepend", SPACE));
        }
        steps.add(replace(" ", SPACE));
        return sequence;
    }

    private ObjectNode piecesToSpaces() {
        ObjectNode sequence = type("Sequence");
        ArrayNode steps = sequence.putArray("decoders");
        steps.add(replace(SPACE, " "));
        steps.add(type("ByteFallback"));
        steps.add(type("Fuse"));
        if (addsSpace()) {
            steps.add(type("Strip").put("content", " ").put("start", 1).put("stop", 0));
        }
        return sequence;
    }

    private boolean addsSpace() {
        return vocabulary.metadata().bool("tokenizer.ggml.add_space_prefix").orElse(true);
    }

    private static ObjectNode replace(String from, String to) {
        ObjectNode replace = type("Replace");
        replace.putObject("pattern").put("String", from);
        return replace.put("content", to);
    }

    /// The marks before and after a text, for those who ask for special tokens.
    private ObjectNode postProcessor() {
        ObjectNode template = type("TemplateProcessing");
        ArrayNode single = template.putArray("single");
        ArrayNode pair = template.putArray("pair");
        ObjectNode specials = NEW.objectNode();
        for (int sequence = 0; sequence < 2; sequence++) {
            String letter = sequence == 0 ? "A" : "B";
            ArrayNode one = NEW.arrayNode();
            if (vocabulary.addsBos()) {
                vocabulary.special("bos").ifPresent(id -> mark(one, id, letter, specials));
            }
            ObjectNode place = NEW.objectNode();
            place.putObject("Sequence").put("id", letter).put("type_id", sequence);
            one.add(place);
            if (vocabulary.addsEos()) {
                vocabulary.special("eos").ifPresent(id -> mark(one, id, letter, specials));
            }
            if (sequence == 0) {
                one.forEach(single::add);
            }
            one.forEach(pair::add);
        }
        template.set("special_tokens", specials);
        return template;
    }

    private void mark(ArrayNode template, int id, String letter, ObjectNode specials) {
        String token = vocabulary.token(id);
        ObjectNode place = NEW.objectNode();
        place.putObject("SpecialToken").put("id", token).put("type_id", letter.equals("A") ? 0 : 1);
        template.add(place);
        ObjectNode special = specials.putObject(token).put("id", token);
        special.putArray("ids").add(id);
        special.putArray("tokens").add(token);
    }

    private ObjectNode config(int contextLength) {
        ObjectNode json = NEW.objectNode();
        json.put("add_bos_token", vocabulary.addsBos());
        json.put("add_eos_token", vocabulary.addsEos());
        json.put("add_prefix_space", vocabulary.isSentencePiece() && addsSpace());
        ObjectNode added = json.putObject("added_tokens_decoder");
        addedIds().forEach(id -> added.set(Integer.toString(id), added(id)));
        special(json, "bos_token", "bos");
        special(json, "eos_token", "eos");
        special(json, "unk_token", "unknown");
        special(json, "pad_token", "padding");
        chatTemplate(json);
        json.put("clean_up_tokenization_spaces", false);
        json.put("model_max_length", contextLength);
        json.put("tokenizer_class", "PreTrainedTokenizerFast");
        return json;
    }

    private void special(ObjectNode config, String key, String role) {
        vocabulary.special(role).ifPresent(id -> config.put(key, vocabulary.token(id)));
    }

    /// One template as a text; several, as a list with names.
    private void chatTemplate(ObjectNode config) {
        GgufMetadata m = vocabulary.metadata();
        Map<String, String> templates = new LinkedHashMap<>();
        m.text(TEMPLATE).ifPresent(t -> templates.put("default", t));
        for (String key : m.values().keySet()) {
            if (key.startsWith(TEMPLATE + ".")) {
                m.text(key).ifPresent(t -> templates.put(key.substring(TEMPLATE.length() + 1), t));
            }
        }
        if (templates.keySet().equals(Set.of("default"))) {
            config.put("chat_template", templates.get("default"));
        } else if (!templates.isEmpty()) {
            ArrayNode list = config.putArray("chat_template");
            templates.forEach(
                    (name, template) -> list.addObject().put("name", name).put("template", template));
        }
    }

    private ObjectNode generation() {
        ObjectNode json = NEW.objectNode();
        vocabulary.special("bos").ifPresent(id -> json.put("bos_token_id", id));
        Set<Integer> ends = vocabulary.ends();
        if (ends.size() == 1) {
            json.put("eos_token_id", ends.iterator().next());
        } else if (!ends.isEmpty()) {
            ArrayNode list = json.putArray("eos_token_id");
            ends.forEach(list::add);
        }
        vocabulary.special("padding").ifPresent(id -> json.put("pad_token_id", id));
        return json;
    }

    private static ObjectNode type(String name) {
        return NEW.objectNode().put("type", name);
    }
}
