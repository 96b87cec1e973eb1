package org.rduzoo.samba.app;

import java.io.PrintStream;
import java.util.List;
import java.util.function.Consumer;
import org.rduzoo.samba.UsageError;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.session.Mismatch;

/// A program of one's own: how it starts and ends.
///
/// @param name as one calls it
/// @param options of its own
/// @param body what it does
public record App(String name, List<AppOption> options, Consumer<AppArgs> body) {

    /// Runs it and ends the process.
    public void start(String... words) {
        int status = run(List.of(words), System.out, System.err);
        System.out.flush();
        // Threads of the engine and of native libraries may linger; the result is out.
        System.exit(status);
    }

    /// Runs it.
    ///
    /// @return the exit status: 0 fine, 1 the user's mistake, 2 wrong usage, 3 a mismatch found by `test`
    public int run(List<String> words, PrintStream out, PrintStream err) {
        if (words.stream().anyMatch(w -> w.equals("--help") || w.equals("-h"))) {
            out.println(AppArgs.help(name, options));
            return 0;
        }
        try {
            body.accept(AppArgs.parse(name, words, options));
            return 0;
        } catch (UserError e) {
            return fail(err, e, 1);
        } catch (UsageError e) {
            return fail(err, e, 2);
        } catch (Mismatch e) {
            return fail(err, e, 3);
        }
    }

    private static int fail(PrintStream err, RuntimeException e, int status) {
        err.println(e.getMessage());
        return status;
    }
}
