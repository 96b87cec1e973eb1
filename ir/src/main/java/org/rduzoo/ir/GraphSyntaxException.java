package org.rduzoo.ir;

import org.jspecify.annotations.Nullable;

/// Text that is no graph: where it goes wrong, what should stand there and what does.
public final class GraphSyntaxException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final int line;
    private final int column;
    private final String expected;
    private final String found;

    GraphSyntaxException(int line, int column, String expected, String found, @Nullable Throwable cause) {
        super("graph text, line %d, column %d: expected %s, found %s".formatted(line, column, expected, found), cause);
        this.line = line;
        this.column = column;
        this.expected = expected;
        this.found = found;
    }

    /// The line, counted from 1.
    public int line() {
        return line;
    }

    /// The column, counted from 1.
    public int column() {
        return column;
    }

    public String expected() {
        return expected;
    }

    public String found() {
        return found;
    }
}
