package org.rduzoo.runners.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.cost.Bound;
import org.rduzoo.backend.cost.MemoryPlan;
import org.rduzoo.backend.cost.Prediction;
import org.rduzoo.backend.cost.SectionPrediction;
import org.rduzoo.backend.cost.Traffic;
import org.rduzoo.ir.Product;

/// What a prediction says, in sentences.
final class Words {

    /// Smaller shares of the time are not worth a word.
    private static final double WORTH_SAYING = 0.005;

    private Words() {}

    static List<String> of(Report.GraphCost g, boolean validated) {
        Prediction p = g.prediction();
        List<String> sentences = new ArrayList<>();
        sentences.add("A run of %s takes %s on %s. As far as the chip's numbers are known, it may be %s to %s%s."
                .formatted(
                        g.name(),
                        seconds(p.seconds()),
                        where(p.deployment()),
                        seconds(p.lowSeconds()),
                        seconds(p.highSeconds()),
                        validated ? "" : "; nobody has published a time of such a model on this chip"));
        sentences.add("It is bound by %s; %s of PCUs are busy.".formatted(bounds(p), percent(p.pcuShare())));
        sentences.add("%s computes %s at %s, which is %s of the peak, and moves %s to and from %s."
                .formatted(
                        p.deployment().chips() == 1 ? "The chip" : "Each chip",
                        scaled((double) p.flops(), "FLOP"),
                        scaled(p.flops() / p.seconds(), "FLOP/s"),
                        percent(p.utilisation()),
                        scaled((double) p.traffic().memory(), "B"),
                        memories(p.traffic())));
        sentences.add(memory(p.memory()));
        if (caches(g)) {
            sentences.add("All places of its caches are in use; with fewer it takes less.");
        }
        sentences.add(slowest(g));
        if (p.passes() > 1) {
            sentences.add("Forward and backward sections run %d times, once a micro-batch, in %s each."
                    .formatted(p.passes(), seconds(p.passSeconds())));
        }
        return sentences;
    }

    /// As in `4 of 8 tiles of SN30`.
    static String where(Deployment d) {
        String tiles = d.tiles() == d.arch().tiles()
                ? ""
                : "%d of %d tiles of ".formatted(d.tiles(), d.arch().tiles());
        String chips = d.chips() == 1 ? "" : "%d × ".formatted(d.chips());
        return tiles + chips + d.arch().name();
    }

    private static boolean caches(Report.GraphCost g) {
        return g.graph().nodes().stream()
                .anyMatch(
                        n -> n.op() instanceof Product.Attention a && a.valid().isPresent());
    }

    private static String bounds(Prediction p) {
        return p.secondsByBound().entrySet().stream()
                        .sorted(Map.Entry.<Bound, Double>comparingByValue().reversed())
                        .filter(e -> e.getValue() >= WORTH_SAYING * p.seconds())
                        .map(e -> "%s in %s".formatted(name(e.getKey()), percent(e.getValue() / p.seconds())))
                        .collect(Collectors.collectingAndThen(Collectors.toList(), Words::list))
                + " of the time";
    }

    private static String list(List<String> parts) {
        return parts.size() < 2
                ? String.join("", parts)
                : String.join(", ", parts.subList(0, parts.size() - 1)) + " and " + parts.getLast();
    }

    static String name(Bound bound) {
        return switch (bound) {
            case PIPELINE -> "its pipelines";
            case PMU -> "memory units";
            case MESH -> "the mesh";
            case HBM -> "HBM";
            case DDR -> "DDR";
            case PEER -> "other chips";
            case START -> "launches and loads";
            case HOST -> "the host";
        };
    }

    private static String memories(Traffic t) {
        if (t.hbm() == 0) {
            return "DDR";
        }
        return t.ddr() == 0 ? "HBM" : "HBM and DDR";
    }

    private static String memory(MemoryPlan plan) {
        return plan.levels().entrySet().stream()
                .filter(e -> e.getValue().peak() > 0)
                .map(e -> "%s of the %s of %s"
                        .formatted(
                                binary((double) e.getValue().peak()),
                                binary((double) e.getValue().capacity()),
                                e.getKey().toUpperCase(Locale.ROOT)))
                .collect(Collectors.collectingAndThen(Collectors.toList(), Words::list))
                .concat(" are in use at most.");
    }

    private static String slowest(Report.GraphCost g) {
        Prediction p = g.prediction();
        SectionPrediction slowest = p.sections().stream()
                .max(Comparator.comparingDouble(SectionPrediction::seconds))
                .orElseThrow();
        String path = g.label(slowest);
        return "Of %d sections with %d programs, section %d (%s) takes longest: %s, %s of the time."
                .formatted(
                        p.sections().size(),
                        p.layouts().size(),
                        slowest.section().id(),
                        path,
                        seconds(slowest.seconds()),
                        percent(slowest.seconds() / p.seconds()));
    }

    /// As in `6.51 ms`.
    static String seconds(double x) {
        if (x >= 1 || x == 0) {
            return digits(x) + " s";
        }
        if (x >= 1e-3) {
            return digits(x * 1e3) + " ms";
        }
        return x >= 1e-6 ? digits(x * 1e6) + " µs" : digits(x * 1e9) + " ns";
    }

    /// As in `9.03 GB`: in thousands.
    static String scaled(double x, String unit) {
        String[] prefixes = {"", "k", "M", "G", "T", "P", "E"};
        int i = 0;
        double scaled = x;
        for (; scaled >= 999.5 && i < prefixes.length - 1; i++) {
            scaled /= 1000;
        }
        return digits(scaled) + " " + prefixes[i] + unit;
    }

    /// As in `8.41 GiB`.
    static String binary(double bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB"};
        int i = 0;
        double scaled = bytes;
        for (; scaled >= 1023.5 && i < units.length - 1; i++) {
            scaled /= 1024;
        }
        return digits(scaled) + " " + units[i];
    }

    static String percent(double share) {
        double percent = 100 * share;
        boolean nearEnd = (percent > 0 && percent < 1) || (percent > 99 && percent < 100);
        return String.format(Locale.ROOT, nearEnd ? "%.1f %%" : "%.0f %%", percent);
    }

    /// Three digits.
    private static String digits(double x) {
        String format = x >= 100 || x == 0 ? "%.0f" : x >= 10 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, format, x);
    }
}
