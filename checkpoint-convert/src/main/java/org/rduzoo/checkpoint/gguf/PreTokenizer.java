package org.rduzoo.checkpoint.gguf;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// How a byte-level vocabulary cuts text into words before its merges apply, by the name that GGUF has for it
/// (`tokenizer.ggml.pre`), as steps of a `tokenizer.json`.
///
/// @param steps the steps in order, one of which writes each byte as a character
/// @param ignoresMerges whether a word that is a token as a whole is that token, whatever the merges say
/// @param addsBos whether the beginning-of-text token is added where the file does not say
record PreTokenizer(ArrayNode steps, boolean ignoresMerges, boolean addsBos) {

    private static final String GPT2 =
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
    private static final String CONTRACTION_WORD = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
    private static final String SYMBOLS_SPACES = " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String LLAMA3 = CONTRACTION_WORD + "|\\p{N}{1,3}|" + SYMBOLS_SPACES;
    private static final String QWEN2 = CONTRACTION_WORD + "|\\p{N}|" + SYMBOLS_SPACES;
    private static final String TEKKEN =
            "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
                    + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
                    + "|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String CJK = "[一-龥ࠀ-一가-퟿]+";

    private static final Map<String, PreTokenizer> KNOWN = Map.ofEntries(
            Map.entry("default", plain(split(GPT2))),
            Map.entry("gpt-2", plain(split(GPT2))),
            Map.entry("phi-2", plain(split(GPT2))),
            Map.entry("mpt", plain(split(GPT2))),
            Map.entry("olmo", plain(split(GPT2))),
            Map.entry("smollm", plain(digits(true), split(GPT2))),
            Map.entry("starcoder", plain(digits(true), split(GPT2))),
            Map.entry("refact", plain(digits(true), split(GPT2))),
            Map.entry("command-r", plain(digits(true), split(GPT2))),
            Map.entry("codeshell", plain(digits(true), split(GPT2))),
            Map.entry("llama-bpe", wholeWords(LLAMA3)),
            Map.entry("llama3", wholeWords(LLAMA3)),
            Map.entry("llama-v3", wholeWords(LLAMA3)),
            Map.entry("falcon3", wholeWords(LLAMA3)),
            Map.entry("dbrx", plain(split(LLAMA3))),
            Map.entry("smaug-bpe", plain(split(LLAMA3))),
            Map.entry("qwen2", plain(split(QWEN2))),
            Map.entry("deepseek-r1-qwen", plain(split(QWEN2))),
            Map.entry("stablelm2", plain(split(QWEN2))),
            Map.entry("tekken", wholeWords(TEKKEN)),
            Map.entry(
                    "deepseek-coder",
                    plain(split("[\\r\\n]"), split("\\s?\\p{L}+"), split("\\s?\\p{P}+"), split(CJK), digits(true))),
            Map.entry("falcon", falcon()));

    /// The names that converters write, where several stand for one.
    private static final List<String> PREFERRED = List.of("gpt-2", "smollm", "llama-bpe", "qwen2", "tekken");

    /// The pre-tokenizer of this name, if it is known.
    static Optional<PreTokenizer> named(String name) {
        return Optional.ofNullable(KNOWN.get(name));
    }

    /// The names of all, for messages.
    static String names() {
        return String.join(", ", new TreeSet<>(KNOWN.keySet()));
    }

    /// The name of a pre-tokenizer in `tokenizer.json`, if it is one of these. Of several names for one, the first of
    /// [#PREFERRED], else the first of the alphabet.
    static Optional<String> nameOf(JsonNode preTokenizer, boolean ignoresMerges) {
        ArrayNode steps = JsonNodeFactory.instance.arrayNode();
        flatten(preTokenizer, steps);
        return Stream.concat(PREFERRED.stream(), new TreeSet<>(KNOWN.keySet()).stream())
                .filter(name -> {
                    PreTokenizer known = KNOWN.get(name);
                    return known != null && known.ignoresMerges == ignoresMerges && known.steps.equals(steps);
                })
                .findFirst();
    }

    /// Adds the steps of a pre-tokenizer in the spelling of this table.
    private static void flatten(JsonNode step, ArrayNode into) {
        switch (step.path("type").asString("")) {
            case "Sequence" -> step.path("pretokenizers").forEach(s -> flatten(s, into));
            case "ByteLevel" -> {
                boolean plain = !step.path("add_prefix_space").asBoolean(true);
                if (step.path("use_regex").asBoolean(true)) {
                    into.add(split(GPT2));
                }
                into.add(plain ? byteLevel() : step);
            }
            default -> into.add(step);
        }
    }

    /// The steps as one.
    ObjectNode json() {
        ObjectNode sequence = object("Sequence");
        sequence.set("pretokenizers", steps.deepCopy());
        return sequence;
    }

    /// Bytes as characters, with no cutting of its own.
    static ObjectNode byteLevel() {
        return object("ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", false);
    }

    private static PreTokenizer plain(ObjectNode... steps) {
        return new PreTokenizer(list(steps).add(byteLevel()), false, false);
    }

    private static PreTokenizer wholeWords(String regex) {
        return new PreTokenizer(list(split(regex), byteLevel()), true, true);
    }

    /// Digits are cut after bytes have become characters here, some of which count as digits.
    private static PreTokenizer falcon() {
        ObjectNode punctuation = object("Punctuation").put("behavior", "Contiguous");
        return new PreTokenizer(
                list(punctuation, split(GPT2), byteLevel(), digits(false), split("[0-9][0-9][0-9]")), false, false);
    }

    private static ArrayNode list(ObjectNode... steps) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (ObjectNode step : steps) {
            list.add(step);
        }
        return list;
    }

    private static ObjectNode split(String regex) {
        ObjectNode split = object("Split");
        split.putObject("pattern").put("Regex", regex);
        return split.put("behavior", "Isolated").put("invert", false);
    }

    private static ObjectNode digits(boolean eachByItself) {
        return object("Digits").put("individual_digits", eachByItself);
    }

    private static ObjectNode object(String type) {
        return JsonNodeFactory.instance.objectNode().put("type", type);
    }
}
