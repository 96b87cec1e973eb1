package org.rduzoo.samba;

/// A mistake that the user can mend. The message says what, where, expected, found, and what to do; it is shown without
/// a stack trace, and the command exits with status 1.
public final class UserError extends RuntimeException {

    private static final long serialVersionUID = 1;

    public UserError(String message) {
        super(message);
    }

    public UserError(String message, Throwable cause) {
        super(message, cause);
    }
}
