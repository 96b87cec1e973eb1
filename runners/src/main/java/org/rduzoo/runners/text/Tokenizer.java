package org.rduzoo.runners.text;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.rduzoo.samba.UserError;

/// A checkpoint's tokenizer (`tokenizer.json`). Nothing is cut or padded unless it is asked for.
public final class Tokenizer implements AutoCloseable {

    private final HuggingFaceTokenizer tokenizer;

    private Tokenizer(HuggingFaceTokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /// A text as tokens.
    ///
    /// @param ids the tokens' numbers
    /// @param typeIds which of two texts each token belongs to
    /// @param length how many tokens the text has; more than `ids` if it was cut
    public record Tokens(long[] ids, long[] typeIds, int length) {

        /// Whether tokens were left out.
        public boolean isCut() {
            return ids.length < length;
        }
    }

    /// @param source where the text is from, for messages
    /// @param json the text of `tokenizer.json`
    /// @throws UserError when it is no tokenizer
    public static Tokenizer of(String source, byte[] json) {
        // The library asks its own server for settings unless told not to before its first class is loaded.
        System.setProperty("ai.djl.offline", "true");
        try {
            return new Tokenizer(HuggingFaceTokenizer.newInstance(
                    new ByteArrayInputStream(json),
                    Map.of("truncation", "do_not_truncate", "padding", "do_not_pad", "modelMaxLength", "1000000000")));
        } catch (IOException | RuntimeException e) {
            throw new UserError("%s is not a tokenizer that can be read: %s".formatted(source, e.getMessage()), e);
        }
    }

    /// The text with the special tokens that the tokenizer puts around one.
    public Tokens encode(String text) {
        return encode(text, true);
    }

    public Tokens encode(String text, boolean specialTokens) {
        Encoding e = tokenizer.encode(text, specialTokens, false);
        return new Tokens(e.getIds(), e.getTypeIds(), e.getIds().length);
    }

    /// The text cut to `limit` tokens, the special ones at its ends kept.
    public Tokens encode(String text, int limit) {
        Encoding e = tokenizer.encode(text, true, false);
        long[] ids = e.getIds();
        if (ids.length <= limit) {
            return new Tokens(ids, e.getTypeIds(), ids.length);
        }
        long[] special = e.getSpecialTokenMask();
        int tail = 0;
        while (tail < limit && special[ids.length - 1 - tail] == 1) {
            tail++;
        }
        int head = limit - tail;
        int[] kept = IntStream.concat(IntStream.range(0, head), IntStream.range(ids.length - tail, ids.length))
                .toArray();
        return new Tokens(pick(ids, kept), pick(e.getTypeIds(), kept), ids.length);
    }

    /// Two texts as one, or one, cut to `limit` tokens: the longer of the two loses its last tokens first, special ones
    /// stay.
    public Marked encode(String text, Optional<String> pair, int limit) {
        Encoding e =
                pair.isEmpty() ? tokenizer.encode(text, true, false) : tokenizer.encode(text, pair.get(), true, false);
        long[] ids = e.getIds();
        long[] types = e.getTypeIds();
        long[] special = e.getSpecialTokenMask();
        // Tokenizers whose types are all 0 have two texts all the same: where special tokens stand tells them apart.
        int[] part = new int[ids.length];
        int[] counts = new int[2];
        boolean second = false;
        for (int i = 0; i < ids.length; i++) {
            second |= i > 0 && special[i] == 1 && counts[0] > 0;
            part[i] = second ? 1 : 0;
            counts[part[i]] += special[i] == 1 ? 0 : 1;
        }
        boolean[] dropped = new boolean[ids.length];
        for (int over = ids.length - limit; over > 0 && counts[0] + counts[1] > 0; over--) {
            int longer = counts[1] > counts[0] ? 1 : 0;
            int last = ids.length - 1;
            while (dropped[last] || special[last] == 1 || part[last] != longer) {
                last--;
            }
            dropped[last] = true;
            counts[longer]--;
        }
        int[] kept = IntStream.range(0, ids.length).filter(i -> !dropped[i]).toArray();
        boolean[] marks = new boolean[kept.length];
        for (int i = 0; i < kept.length; i++) {
            marks[i] = special[kept[i]] == 1;
        }
        return new Marked(new Tokens(pick(ids, kept), pick(types, kept), ids.length), marks);
    }

    /// Tokens, and which of them the tokenizer put there.
    public record Marked(Tokens tokens, boolean[] special) {}

    public String decode(long[] ids, boolean skipSpecialTokens) {
        return tokenizer.decode(ids, skipSpecialTokens);
    }

    @Override
    public void close() {
        tokenizer.close();
    }

    private static long[] pick(long[] values, int[] places) {
        return IntStream.of(places).mapToLong(i -> values[i]).toArray();
    }
}
