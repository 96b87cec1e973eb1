package org.rduzoo.runners.chat;

/// Why a template cannot be read or rendered, and on which of its lines once that is known.
final class TemplateFailure extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final int line;

    private TemplateFailure(String message, int line) {
        super(message, null, false, false);
        this.line = line;
    }

    static TemplateFailure of(String message) {
        return new TemplateFailure(message, 0);
    }

    /// This failure, found on `here` unless a place nearer to its cause is known.
    TemplateFailure at(int here) {
        return line > 0 ? this : new TemplateFailure(what(), here);
    }

    String what() {
        return String.valueOf(getMessage());
    }

    /// From 1; 0 while it is not known.
    int line() {
        return line;
    }
}
