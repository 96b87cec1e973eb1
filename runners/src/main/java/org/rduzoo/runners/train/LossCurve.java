package org.rduzoo.runners.train;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The losses of a run as a picture (SVG).
final class LossCurve {

    private static final int WIDTH = 720;
    private static final int HEIGHT = 360;
    private static final int MARGIN = 56;

    /// More points than this do not show.
    private static final int POINTS = 2000;

    private LossCurve() {}

    static String svg(List<Double> losses) {
        double least = losses.stream().mapToDouble(x -> x).min().orElse(0);
        double most = losses.stream().mapToDouble(x -> x).max().orElse(1);
        double span = most > least ? most - least : 1;
        int last = Math.max(1, losses.size() - 1);
        int stride = Math.max(1, losses.size() / POINTS);
        String points = IntStream.range(0, losses.size())
                .filter(i -> i % stride == 0 || i == losses.size() - 1)
                .mapToObj(i -> number(MARGIN + (double) (WIDTH - 2 * MARGIN) * i / last) + ","
                        + number(HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (losses.get(i) - least) / span))
                .collect(Collectors.joining(" "));
        return """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">
                <rect width="100%%" height="100%%" fill="white"/>
                <path d="M%4$d %4$dV%5$dH%6$d" fill="none" stroke="#888"/>
                <polyline points="%3$s" fill="none" stroke="#1f6feb" stroke-width="1.5"/>
                <text x="8" y="%4$d">%7$s</text>
                <text x="8" y="%5$d">%8$s</text>
                <text x="%6$d" y="%9$d" text-anchor="end">step %10$d</text>
                <text x="%4$d" y="24">loss</text>
                </svg>
                """.formatted(
                        WIDTH,
                        HEIGHT,
                        points,
                        MARGIN,
                        HEIGHT - MARGIN,
                        WIDTH - MARGIN,
                        String.format(Locale.ROOT, "%.4g", most),
                        String.format(Locale.ROOT, "%.4g", least),
                        HEIGHT - MARGIN + 20,
                        losses.size());
    }

    private static String number(double x) {
        return String.format(Locale.ROOT, "%.2f", x);
    }
}
