package org.rduzoo.runners;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.rduzoo.backend.pef.Pef;

/// What `compile` makes of the words of another command.
final class CompiledPef {

    private CompiledPef() {}

    static Pef of(Arguments arguments, Console console) {
        try {
            Path file = Files.createTempFile("rdu-", ".pef");
            try {
                new CompileCommand()
                        .run(arguments.with(Option.PEF, file.toString()).with(Option.FORCE, "true"), console);
                return Pef.read(file);
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
