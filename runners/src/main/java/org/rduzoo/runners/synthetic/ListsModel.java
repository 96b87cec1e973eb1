package org.rduzoo.runners.synthetic;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rduzoo.checkpoint.file.Json;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A Llama for [Lists], before it has weights: its shape, and a tokenizer that knows the words of the language.
final class ListsModel {

    private static final String END = "<end>";
    private static final String UNKNOWN = "<unknown>";
    private static final List<String> SPECIAL = List.of(END, UNKNOWN);
    private static final int END_ID = SPECIAL.indexOf(END);

    /// Tokens that a text may have.
    private static final int LENGTH = 128;

    private ListsModel() {}

    /// Its files by name.
    static Map<String, byte[]> files() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("config.json", Json.pretty(config()));
        files.put("generation_config.json", Json.pretty(Json.object().put("eos_token_id", END_ID)));
        files.put("tokenizer.json", Json.pretty(tokenizer()));
        files.put(
                "tokenizer_config.json",
                Json.pretty(Json.object()
                        .put("tokenizer_class", "PreTrainedTokenizerFast")
                        .put("eos_token", END)
                        .put("unk_token", UNKNOWN)
                        .put("model_max_length", LENGTH)
                        .put("clean_up_tokenization_spaces", false)));
        return files;
    }

    private static ObjectNode config() {
        ObjectNode config = Json.object();
        config.putArray("architectures").add("LlamaForCausalLM");
        return config.put("model_type", "llama")
                .put("vocab_size", SPECIAL.size() + Lists.WORDS.size())
                .put("hidden_size", 128)
                .put("intermediate_size", 384)
                .put("num_hidden_layers", 4)
                .put("num_attention_heads", 4)
                .put("num_key_value_heads", 2)
                .put("hidden_act", "silu")
                .put("max_position_embeddings", LENGTH)
                .put("rms_norm_eps", 1e-5)
                .put("rope_theta", 10000.0)
                .put("tie_word_embeddings", true)
                .put("eos_token_id", END_ID);
    }

    private static ObjectNode tokenizer() {
        ObjectNode tokenizer = Json.object();
        tokenizer.put("version", "1.0").putNull("truncation").putNull("padding");
        ArrayNode added = tokenizer.putArray("added_tokens");
        ObjectNode model = Json.object().put("type", "WordLevel");
        ObjectNode vocabulary = model.putObject("vocab");
        SPECIAL.forEach(token -> {
            added.addObject()
                    .put("id", vocabulary.size())
                    .put("content", token)
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
            vocabulary.put(token, vocabulary.size());
        });
        Lists.WORDS.forEach(word -> vocabulary.put(word, vocabulary.size()));
        model.put("unk_token", UNKNOWN);
        tokenizer.putNull("normalizer");
        tokenizer.putObject("pre_tokenizer").put("type", "Whitespace");
        tokenizer.putNull("post_processor").putNull("decoder");
        tokenizer.set("model", model);
        return tokenizer;
    }
}
