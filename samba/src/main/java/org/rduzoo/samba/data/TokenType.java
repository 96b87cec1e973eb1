package org.rduzoo.samba.data;

/// What a token of a packed row is there for. `token_type_ids` hold the [#id].
public enum TokenType {
    /// Asked.
    PROMPT(0),
    /// Answered, the end token after it included.
    COMPLETION(1),
    /// Fills a row up.
    PADDING(2),
    /// The last token of an article: what follows does not attend to what is before.
    SEPARATOR(3);

    private final byte id;

    TokenType(int id) {
        this.id = (byte) id;
    }

    /// Its number in a file.
    public byte id() {
        return id;
    }

    /// Whether a file may hold this number.
    public static boolean isId(int id) {
        return id >= PROMPT.id && id <= SEPARATOR.id;
    }
}
