package org.rduzoo.runners;

import java.io.PrintStream;
import java.util.Locale;

/// Where a command writes: results to `out`, what it does on the way to `err`.
record Console(PrintStream out, PrintStream err) {

    /// A line of progress.
    void log(String line) {
        err.println(line);
    }

    /// A line of progress with the seconds since `start`, a [System#nanoTime()].
    void step(String line, long start) {
        // Formats take their time when they are first used, and this is among the first things that a command does.
        long hundredths = Math.round(100 * seconds(start));
        String rest = Long.toString(100 + hundredths % 100).substring(1);
        err.println(line + " (" + hundredths / 100 + "." + rest + " s)");
    }

    static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    /// A number with so many decimals, whatever the locale.
    static String decimals(double x, int digits) {
        return String.format(Locale.ROOT, "%." + digits + "f", x);
    }
}
