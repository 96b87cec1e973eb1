package org.rduzoo.dist;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// The source tree that the tests run in.
record Repository(Path root) {
    private static final Set<String> NOT_SOURCES = Set.of(".git", ".idea", ".vscode", "target", "out");

    static Repository here() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("rdu"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new IllegalStateException("no folder above " + Path.of("").toAbsolutePath() + " holds ./rdu");
            }
        }
        return new Repository(folder);
    }

    /// The folders of the models.
    List<Path> zoo() {
        try (Stream<Path> folders = Files.list(root.resolve("zoo"))) {
            return folders.filter(Files::isDirectory).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Every file that is not built and not an editor's.
    List<Path> files() {
        return below(root).toList();
    }

    String read(Path file) {
        try {
            return Files.readString(root.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<Path> below(Path folder) {
        List<Path> entries;
        try (Stream<Path> list = Files.list(folder)) {
            entries = list.filter(p -> !NOT_SOURCES.contains(p.getFileName().toString()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return entries.stream().flatMap(p -> Files.isDirectory(p) ? below(p) : Stream.of(p));
    }
}
