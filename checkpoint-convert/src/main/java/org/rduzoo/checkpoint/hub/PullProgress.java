package org.rduzoo.checkpoint.hub;

/// Hears how far a download is. Called from one thread at a time, many times a second.
@FunctionalInterface
public interface PullProgress {

    /// @param file the file that has just grown
    /// @param done bytes of all files that are here
    /// @param total bytes of all files
    void at(String file, long done, long total);

    /// Hears nothing.
    static PullProgress silent() {
        return (file, done, total) -> {};
    }
}
