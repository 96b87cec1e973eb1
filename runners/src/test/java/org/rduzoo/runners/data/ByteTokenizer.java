package org.rduzoo.runners.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/// A tokenizer in GPT-2's two files with a token for each printable ASCII character and line feed, some pairs of
/// letters, and the end token.
public final class ByteTokenizer {

    /// The end token.
    static final int END = 98;

    /// `th`.
    static final int TH = 95;

    private ByteTokenizer() {}

    /// A printable ASCII character. A space is token 94, a line feed 97.
    static int id(char c) {
        return c == ' ' ? 94 : c == '\n' ? 97 : c - '!';
    }

    /// Writes the files into `folder`, their names after `prefix`.
    public static Path write(Path folder, String prefix) throws IOException {
        Map<String, Integer> vocabulary = new LinkedHashMap<>();
        for (char c = '!'; c <= '~'; c++) {
            vocabulary.put(String.valueOf(c), id(c));
        }
        // How byte-level tokenizers spell a space and a line feed.
        vocabulary.put("Ġ", id(' '));
        vocabulary.put("th", TH);
        vocabulary.put("the", 96);
        vocabulary.put("Ċ", id('\n'));
        vocabulary.put("<|endoftext|>", END);
        Files.createDirectories(folder);
        Files.writeString(
                folder.resolve(prefix + "vocab.json"), JsonMapper.shared().writeValueAsString(vocabulary));
        Files.write(
                folder.resolve(prefix + "merges.txt"), "#version: 0.2\nt h\nth e\n".getBytes(StandardCharsets.UTF_8));
        return folder;
    }
}
