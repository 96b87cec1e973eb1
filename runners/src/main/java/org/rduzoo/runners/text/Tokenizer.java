package org.rduzoo.runners.text;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Map;
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
