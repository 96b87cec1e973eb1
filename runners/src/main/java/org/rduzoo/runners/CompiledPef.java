package org.rduzoo.runners;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.rduzoo.backend.pef.Pef;

/// What `compile` makes of the words of another command.
final class CompiledPef {

    private CompiledPef() {}

    static Pef of(Arguments arguments, Console console) {
        try {
            Path file = Files.createTempFile("rdu-", ".pef");
            try {
                Map<Option, List<String>> options = new EnumMap<>(arguments.options());
                options.put(Option.PEF, List.of(file.toString()));
                options.put(Option.FORCE, List.of("true"));
                new CompileCommand().run(new Arguments(arguments.operands(), options), console);
                return Pef.read(file);
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
