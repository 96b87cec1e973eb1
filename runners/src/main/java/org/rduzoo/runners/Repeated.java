package org.rduzoo.runners;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/// Work that is measured again and again, after it was done a few times.
///
/// With the system property `rdu.turns` it is done only when asked, so that a race has it run by turns with others: it
/// prints `ready`, and for each line of input, a number of runs, the seconds of these.
final class Repeated {

    private static final int FEWEST_RUNS = 5;
    private static final int MOST_RUNS = 50;
    private static final double ENOUGH_SECONDS = 3;

    private Repeated() {}

    /// @param work measures itself
    /// @param seconds what a race takes of a result
    static <T> List<T> runs(Supplier<T> work, ToDoubleFunction<T> seconds) {
        WarmUp.run(() -> {
            T _ = work.get();
        });
        if (Boolean.getBoolean("rdu.turns")) {
            return byTurns(work, seconds);
        }
        List<T> results = new ArrayList<>();
        long start = System.nanoTime();
        while (results.size() < FEWEST_RUNS
                || (results.size() < MOST_RUNS && Console.seconds(start) < ENOUGH_SECONDS)) {
            results.add(work.get());
        }
        return results;
    }

    private static <T> List<T> byTurns(Supplier<T> work, ToDoubleFunction<T> seconds) {
        List<T> results = new ArrayList<>();
        System.out.println("ready");
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                List<T> turn = new ArrayList<>();
                for (int runs = Integer.parseInt(line); runs > 0; runs--) {
                    turn.add(work.get());
                }
                System.out.println(turn.stream()
                        .map(t -> String.valueOf(seconds.applyAsDouble(t)))
                        .collect(Collectors.joining(" ")));
                results.addAll(turn);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return results;
    }
}
