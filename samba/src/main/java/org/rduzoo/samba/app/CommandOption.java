package org.rduzoo.samba.app;

import java.util.stream.Stream;

/// An option of a command line, as in `-b, --batch-size N`.
public interface CommandOption {

    /// As in `batch-size`: the key under which a PEF keeps it.
    String key();

    /// The single letter or two, as in `mb`; empty where there is none.
    String shortName();

    /// What its value is called, as in `N`; empty for a flag.
    String value();

    /// What it means, and in brackets what holds without it.
    String help();

    /// Whether it may be there more than once.
    default boolean repeats() {
        return false;
    }

    /// Whether a flag's `true` or `false` may be a word of its own behind it.
    default boolean spellsOut() {
        return false;
    }

    default boolean isFlag() {
        return value().isEmpty();
    }

    /// As in `--batch-size`.
    default String text() {
        return "--" + key();
    }

    /// All its spellings.
    default Stream<String> spellings() {
        return shortName().isEmpty() ? Stream.of(text()) : Stream.of(text(), "-" + shortName());
    }

    /// As in `-b, --batch-size N`.
    default String usage() {
        return (shortName().isEmpty() ? "" : "-" + shortName() + ", ") + text() + (isFlag() ? "" : " " + value());
    }
}
