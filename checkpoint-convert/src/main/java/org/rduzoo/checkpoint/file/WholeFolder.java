package org.rduzoo.checkpoint.file;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rduzoo.samba.UserError;

/// Writes folders that appear whole or not at all.
public final class WholeFolder {

    private WholeFolder() {}

    /// Lets `fill` write files into a new folder, which then becomes `target`.
    ///
    /// Where `target` exists and `force` allows it, the new files replace those of the same name one by one, and old
    /// ones for which `stale` holds are taken away: nothing else in the folder is touched.
    ///
    /// @throws UserError when `target` exists and is not empty, and `force` is off; or it cannot be written
    public static void write(Path target, boolean force, Predicate<Path> stale, Consumer<Path> fill) {
        try {
            boolean exists = Files.exists(target);
            if (exists && !Files.isDirectory(target)) {
                throw new UserError(target + " is a file, but a folder is to be written there. Choose another name.");
            }
            if (exists && !force && !isEmpty(target)) {
                throw new UserError(
                        target + " exists already and is not empty. Choose another name, or replace what is in it "
                                + "with --force.");
            }
            Path parent = target.toAbsolutePath().resolveSibling("");
            Files.createDirectories(parent);
            String name = ".partial-" + UUID.randomUUID();
            Path partial = (exists ? target : parent).resolve(name);
            Files.createDirectory(partial);
            try {
                fill.accept(partial);
                if (exists) {
                    replace(partial, target, stale);
                } else {
                    WholeFile.rename(partial, target);
                }
            } finally {
                delete(partial);
            }
        } catch (IOException e) {
            throw new UserError(target + " cannot be written: " + UserError.reason(e), e);
        }
    }

    private static void replace(Path from, Path to, Predicate<Path> stale) throws IOException {
        List<Path> files = filesIn(from);
        for (Path file : files) {
            Path there = to.resolve(from.relativize(file));
            Files.createDirectories(there.resolveSibling(""));
            WholeFile.rename(file, there);
        }
        List<Path> kept =
                files.stream().map(f -> to.resolve(from.relativize(f))).toList();
        try (Stream<Path> all = Files.list(to)) {
            for (Path old : all.filter(Files::isRegularFile).filter(stale).toList()) {
                if (!kept.contains(old)) {
                    Files.delete(old);
                }
            }
        }
    }

    private static List<Path> filesIn(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.findAny().isEmpty();
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path done, @Nullable IOException e) throws IOException {
                Files.delete(done);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
