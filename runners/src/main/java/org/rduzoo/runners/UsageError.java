package org.rduzoo.runners;

/// A command line that cannot be read: an option that does not exist, a value that is none. Exit status 2.
final class UsageError extends RuntimeException {

    private static final long serialVersionUID = 1;

    UsageError(String message) {
        super(message);
    }
}
