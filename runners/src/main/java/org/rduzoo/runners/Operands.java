package org.rduzoo.runners;

import java.util.List;
import org.rduzoo.samba.UsageError;

/// The words of a command line that are no options.
final class Operands {

    private Operands() {}

    /// The operands, if there are as many as the command names.
    static List<String> all(Command command, Arguments arguments) {
        return exactly(command, command.operands().size(), arguments);
    }

    static String one(Command command, Arguments arguments) {
        return exactly(command, 1, arguments).getFirst();
    }

    static List<String> exactly(Command command, int count, Arguments arguments) {
        List<String> operands = arguments.operands();
        if (operands.size() != count) {
            throw new UsageError("%s takes %s, but %s given. See ./rdu %s --help."
                    .formatted(
                            command.name(),
                            command.operands().isEmpty() ? "no words" : String.join(" ", command.operands()),
                            operands.isEmpty() ? "nothing is" : "\"" + String.join(" ", operands) + "\" is",
                            command.name()));
        }
        return operands;
    }
}
