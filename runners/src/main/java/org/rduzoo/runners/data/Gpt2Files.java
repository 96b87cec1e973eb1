package org.rduzoo.runners.data;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.rduzoo.checkpoint.file.Json;
import org.rduzoo.samba.UserError;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// GPT-2's two files, a vocabulary and the merges in order, as the one file that tokenizers are read from today.
final class Gpt2Files {

    static final String END = "<|endoftext|>";

    private Gpt2Files() {}

    /// `tokenizer.json` of a byte-level tokenizer.
    ///
    /// @param vocabulary `vocab.json`: a number for each token
    /// @param merges the text of `merges.txt`: two tokens a line
    static ObjectNode tokenizer(String source, ObjectNode vocabulary, String merges) {
        ObjectNode json = Json.object();
        json.put("version", "1.0");
        json.putNull("truncation");
        json.putNull("padding");
        ArrayNode added = json.putArray("added_tokens");
        if (vocabulary.has(END)) {
            added.add(special(END, vocabulary.path(END).asInt()));
        }
        json.putNull("normalizer");
        json.set("pre_tokenizer", byteLevel());
        json.set("post_processor", byteLevel().put("trim_offsets", false));
        json.set("decoder", byteLevel());
        ObjectNode model = json.putObject("model");
        model.put("type", "BPE");
        model.putNull("dropout");
        model.putNull("unk_token");
        model.put("continuing_subword_prefix", "");
        model.put("end_of_word_suffix", "");
        model.put("fuse_unk", false);
        model.put("byte_fallback", false);
        model.set("vocab", vocabulary);
        ArrayNode pairs = model.putArray("merges");
        List<String> lines = merges.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.isBlank() || (i == 0 && line.startsWith("#version"))) {
                continue;
            }
            int space = line.indexOf(' ');
            if (space < 1 || space == line.length() - 1 || line.indexOf(' ', space + 1) >= 0) {
                throw new UserError("%s, line %d: expected two tokens with a space between them, found \"%s\"."
                        .formatted(source, i + 1, line));
            }
            pairs.addArray().add(line.substring(0, space)).add(line.substring(space + 1));
        }
        return json;
    }

    /// An entry of `added_tokens`.
    static ObjectNode special(String content, int id) {
        return Json.object()
                .put("id", id)
                .put("content", content)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", true);
    }

    /// `tokenizer_config.json`.
    static byte[] config() {
        return Json.pretty(Json.object()
                .put("tokenizer_class", "GPT2Tokenizer")
                .put("add_prefix_space", false)
                .put("bos_token", END)
                .put("eos_token", END)
                .put("unk_token", END));
    }

    /// The JSON as it goes into a file.
    static byte[] bytes(ObjectNode json) {
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static ObjectNode byteLevel() {
        return Json.object()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", true);
    }
}
