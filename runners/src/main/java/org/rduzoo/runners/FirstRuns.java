package org.rduzoo.runners;

import java.io.OutputStream;
import java.io.PrintStream;

/// What the JVM is shown when it makes the cache that later commands start from: a model compiled and run on a text,
/// and
/// run on tokens from the PEF that is there then. No vectors, as their module is none that the JVM starts with.
public final class FirstRuns {

    private FirstRuns() {}

    /// Runs them.
    public static void main(String[] arguments) {
        PrintStream nothing = new PrintStream(OutputStream.nullOutputStream());
        int status = run(nothing, "--prompt", "reverse m q a z d f :");
        if (status == 0) {
            status = run(nothing, "--prompt-ids", "1,2,3,4");
        }
        System.exit(status);
    }

    private static int run(PrintStream out, String option, String prompt) {
        String[] command = {"run", "llama", "--inference", option, prompt, "--max-new-tokens", "1"};
        return Main.run(command, out, System.err);
    }
}
