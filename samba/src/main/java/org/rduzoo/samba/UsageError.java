package org.rduzoo.samba;

/// A command line that cannot be read: an option that does not exist, a value that is none. Exit status 2.
public final class UsageError extends RuntimeException {

    private static final long serialVersionUID = 1;

    public UsageError(String message) {
        super(message);
    }
}
