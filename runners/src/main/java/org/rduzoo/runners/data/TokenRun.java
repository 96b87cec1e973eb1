package org.rduzoo.runners.data;

import java.util.Arrays;
import org.rduzoo.samba.data.TokenType;

/// Tokens one after another, each with its type and category: an article, or a row that is being filled.
final class TokenRun {

    /// The category of what has none.
    static final int NO_CATEGORY = -1;

    private int[] ids = new int[64];
    private byte[] types = new byte[64];
    private int[] categories = new int[64];
    private int length;

    int length() {
        return length;
    }

    boolean isEmpty() {
        return length == 0;
    }

    int id(int i) {
        return ids[i];
    }

    byte type(int i) {
        return types[i];
    }

    int category(int i) {
        return categories[i];
    }

    void add(int id, TokenType type, int category) {
        grow(length + 1);
        ids[length] = id;
        types[length] = type.id();
        categories[length] = category;
        length++;
    }

    /// Tokens `from` to `to` of `other`.
    void add(TokenRun other, int from, int to) {
        int count = to - from;
        grow(length + count);
        System.arraycopy(other.ids, from, ids, length, count);
        System.arraycopy(other.types, from, types, length, count);
        System.arraycopy(other.categories, from, categories, length, count);
        length += count;
    }

    /// Fills up to `end` tokens.
    void pad(int id, int end) {
        while (length < end) {
            add(id, TokenType.PADDING, NO_CATEGORY);
        }
    }

    /// Makes the last token, if there is one, the end of an article.
    void separate() {
        if (length > 0) {
            types[length - 1] = TokenType.SEPARATOR.id();
        }
    }

    void clear() {
        length = 0;
    }

    int count(TokenType type) {
        int count = 0;
        for (int i = 0; i < length; i++) {
            count += types[i] == type.id() ? 1 : 0;
        }
        return count;
    }

    private void grow(int needed) {
        if (needed > ids.length) {
            int capacity = Math.max(needed, 2 * ids.length);
            ids = Arrays.copyOf(ids, capacity);
            types = Arrays.copyOf(types, capacity);
            categories = Arrays.copyOf(categories, capacity);
        }
    }
}
