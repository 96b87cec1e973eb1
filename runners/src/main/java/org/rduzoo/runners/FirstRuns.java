package org.rduzoo.runners;

import java.io.OutputStream;
import java.io.PrintStream;

/// What the JVM is shown when it makes the cache that later commands start from: a model compiled and run, and run
/// again
/// from the PEF that is there then. No vectors, as their module is none that the JVM starts with.
public final class FirstRuns {

    private FirstRuns() {}

    /// Runs them.
    public static void main(String[] arguments) {
        PrintStream nothing = new PrintStream(OutputStream.nullOutputStream());
        int status = 0;
        for (int i = 0; i < 2 && status == 0; i++) {
            status = Main.run(
                    new String[] {
                        "run", "llama", "--inference", "--prompt", "reverse m q a z d f :", "--max-new-tokens", "1"
                    },
                    nothing,
                    System.err);
        }
        System.exit(status);
    }
}
