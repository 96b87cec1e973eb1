package org.rduzoo.backend;

/// A mistake of the compiler's. The message says which pass made it and what there is to report.
public final class CompilerBug extends RuntimeException {

    private static final long serialVersionUID = 1;

    CompilerBug(String message, Throwable cause) {
        super(message, cause);
    }
}
