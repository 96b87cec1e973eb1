package org.rduzoo.backend.pef;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.rduzoo.samba.UserError;

/// Arguments that a PEF was not compiled with.
final class PefMismatch {

    private PefMismatch() {}

    static void check(Compilation compilation, String command, Map<String, String> given) {
        TreeMap<String, String> wrong = new TreeMap<>(given);
        // A flag that is off is the same as one that is left out.
        wrong.entrySet()
                .removeIf(e -> e.getValue().equals(compilation.arguments().getOrDefault(e.getKey(), "false")));
        if (wrong.isEmpty()) {
            return;
        }
        String differences = wrong.entrySet().stream()
                .map(e -> "this PEF was compiled "
                        + phrase(e.getKey(), compilation.arguments().get(e.getKey())) + ", but " + command
                        + " was given "
                        + phrase(e.getKey(), e.getValue()).replaceFirst("^with ", "") + ".")
                .collect(Collectors.joining("\n"));
        String them = wrong.size() == 1 ? "the option" : "these options";
        throw new UserError(differences + "\nLeave " + them + " out, or compile again: " + compilation.command(wrong));
    }

    private static String phrase(String key, @Nullable String value) {
        return value == null || value.equals("false")
                ? "without " + Compilation.option(key, "true")
                : "with " + Compilation.option(key, value);
    }
}
