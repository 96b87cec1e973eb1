package org.rduzoo.runners.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rduzoo.runners.text.Tokenizer;

/// Text from tokens that are a byte each: the worst that a tokenizer can do to a character.
final class TextStreamTest {

    private static final Tokenizer BYTES = bytes();

    /// A byte-level tokenizer without merges. Byte-level files write a byte as a letter: itself if it prints, else one
    /// from 256 on.
    private static Tokenizer bytes() {
        StringBuilder vocabulary = new StringBuilder();
        int moved = 0;
        for (int b = 0; b < 256; b++) {
            boolean prints = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
            int letter = prints ? b : 256 + moved++;
            String text = letter == '"' || letter == '\\' ? "\\" + (char) letter : Character.toString(letter);
            vocabulary
                    .append(b == 0 ? "" : ", ")
                    .append('"')
                    .append(text)
                    .append("\": ")
                    .append(b);
        }
        String json = """
                {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
                 "normalizer": null, "post_processor": null,
                 "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false},
                 "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false},
                 "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
                   "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
                   "vocab": {%s}, "merges": []}}
                """.formatted(vocabulary);
        return Tokenizer.of("a test", json.getBytes(StandardCharsets.UTF_8));
    }

    @AfterAll
    static void close() {
        BYTES.close();
    }

    private static long[] ids(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        long[] ids = new long[bytes.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = Byte.toUnsignedInt(bytes[i]);
        }
        return ids;
    }

    private static List<String> pieces(long[] ids) {
        TextStream stream = new TextStream(BYTES, new long[0]);
        List<String> pieces = new ArrayList<>();
        for (long id : ids) {
            pieces.add(stream.next(id));
        }
        pieces.add(stream.rest());
        return pieces;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"plain", "naïve café", "漢字かな交じり文", "👩‍👩‍👧‍👦 and 🇫🇷", "a\n\n b\t", "\uFFFD kept \uFFFD", "é"
            })
    void thePiecesMakeTheText(String text) {
        List<String> pieces = pieces(ids(text));
        assertThat(String.join("", pieces)).isEqualTo(text);
    }

    @Test
    void noPieceHoldsAPartOfACharacter() {
        assertThat(pieces(ids("a漢b"))).containsExactly("a", "", "", "漢", "b", "");
        assertThat(pieces(ids("🙂"))).containsExactly("", "", "", "🙂", "");
    }

    @Test
    void whatNeverBecomesWholeComesAtTheEnd() {
        List<String> pieces = pieces(new long[] {'a', 0xe6, 0xbc});
        assertThat(pieces.subList(0, 3)).containsExactly("a", "", "");
        assertThat(pieces.getLast()).isEqualTo("\uFFFD");
    }

    @Test
    void aLongTextIsDecodedInWindows() {
        String text = "words and 漢字 🙂 ".repeat(500);
        assertThat(String.join("", pieces(ids(text)))).isEqualTo(text);
    }

    @Test
    void theContextIsNotGivenOut() {
        TextStream stream = new TextStream(BYTES, ids("before"));
        assertThat(stream.next(' ')).isEqualTo(" ");
        assertThat(stream.next('x')).isEqualTo("x");
        assertThat(stream.rest()).isEmpty();
    }
}
