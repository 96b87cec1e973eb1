package org.rduzoo.samba.data;

/// Rows of tokens of one length, with what each token is there for: packed training data, wherever it is kept.
public interface PackedRows extends AutoCloseable {

    /// Where the rows come from, for messages.
    String source();

    long count();

    /// Tokens a row.
    int length();

    /// Copies row `row` into the arrays from `offset` on. Any thread may call it.
    ///
    /// @param types a [TokenType#id] for each token
    void read(long row, int[] ids, byte[] types, int offset);

    @Override
    void close();
}
