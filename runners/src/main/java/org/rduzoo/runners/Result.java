package org.rduzoo.runners;

import java.io.PrintStream;
import java.util.Map;

/// What a command found out.
interface Result {

    /// As text.
    void print(PrintStream out);

    /// As one JSON object: see [org.rduzoo.backend.json.Json] for what may be in it. A number that is not finite is
    /// printed as `null`.
    Map<String, Object> json();

    /// The exit status.
    default int status() {
        return 0;
    }
}
