package org.rduzoo.runners.generate;

import java.util.Arrays;
import org.rduzoo.runners.text.Tokenizer;

/// Turns tokens to text as they come. A token may hold a part of a character, and what stands before it may change how
/// it is written: so a piece is given out once it is whole, and is what it adds to the tokens before it.
public final class TextStream {

    private static final char INCOMPLETE = '\uFFFD';

    private final Tokenizer tokenizer;
    private long[] ids = new long[16];
    private int count;

    /// Tokens from here on are decoded together; those before `given` are out already.
    private int from;

    private int given;

    /// @param context the last tokens before the text, which are not given out
    public TextStream(Tokenizer tokenizer, long[] context) {
        this.tokenizer = tokenizer;
        for (long id : context) {
            add(id);
        }
        given = count;
    }

    /// What is whole now that `token` has come; empty if nothing is.
    public String next(long token) {
        add(token);
        String before = decode(given);
        String now = decode(count);
        boolean whole = now.length() > before.length() && now.charAt(now.length() - 1) != INCOMPLETE;
        return whole ? piece(before, now) : "";
    }

    /// What is left when no more tokens come.
    public String rest() {
        String before = decode(given);
        String now = decode(count);
        return now.length() > before.length() ? piece(before, now) : "";
    }

    private String piece(String before, String now) {
        from = given;
        given = count;
        return now.substring(before.length());
    }

    private String decode(int end) {
        return tokenizer.decode(Arrays.copyOfRange(ids, from, end), true);
    }

    private void add(long id) {
        if (count == ids.length && from > 0) {
            System.arraycopy(ids, from, ids, 0, count - from);
            count -= from;
            given -= from;
            from = 0;
        }
        if (count == ids.length) {
            ids = Arrays.copyOf(ids, 2 * count);
        }
        ids[count++] = id;
    }
}
