package org.rduzoo.runners;

import java.util.List;

/// A word after `./rdu`.
interface Command {

    String name();

    /// What it does, in one line.
    String summary();

    /// The words that it takes after its name, as in `MODEL`.
    List<String> operands();

    /// The options that it takes, `--json` and `--help` apart.
    List<Option> options();

    Result run(Arguments arguments, Console console);
}
