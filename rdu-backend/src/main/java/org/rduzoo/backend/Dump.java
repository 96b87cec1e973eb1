package org.rduzoo.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.rduzoo.samba.UserError;

/// Writes each level of one graph's compilation as numbered text (`--dump-ir`), as in `bert/03-fuse-linear.ir`.
final class Dump {

    private final Optional<Path> folder;
    private int number;

    Dump(Optional<Path> folder, String graph) {
        this.folder = folder.map(f -> f.resolve(graph));
    }

    /// Writes `level` if levels are wanted, and returns it.
    <T> T after(String name, T level) {
        folder.ifPresent(f -> {
            Path file = f.resolve("%02d-%s.ir".formatted(number, name));
            try {
                Files.createDirectories(f);
                Files.writeString(file, level.toString());
            } catch (IOException e) {
                throw new UserError(
                        "%s cannot be written (%s). Name another folder with --dump-ir."
                                .formatted(file, e.getMessage()),
                        e);
            }
        });
        number++;
        return level;
    }

    /// Where the levels are, for a report.
    String where() {
        return folder.map(f -> " The graph before is in " + f + ".")
                .orElse(" Run again with --dump-ir DIR and add what it writes to your report.");
    }
}
