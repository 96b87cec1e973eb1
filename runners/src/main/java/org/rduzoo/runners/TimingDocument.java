package org.rduzoo.runners;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.ToDoubleFunction;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.Quantity;
import org.rduzoo.backend.cost.Parameter;
import org.rduzoo.runners.ValidateTimingCommand.Guess;

/// The validation of the timing model, in Markdown.
record TimingDocument(List<Guess> guesses) implements Result {

    private static final String INTRODUCTION = """
            # What the timing model predicts, beside what was measured

            This page is what `./rdu validate-timing` prints. Each row is a time that somebody measured on a real chip
            and published, and what the command below it predicts from a `config.json` and shapes alone.

            *Calibration* rows are those by which the numbers in the table at the end were chosen; none of them was
            fitted by a program. *Exact* rows follow by arithmetic from the graph, so they test
            what is counted rather than the model. *Low* and *high* are what the ranges of all uncertain numbers allow.

            Two naive guesses stand beside the model: the *roofline* (all FLOPs at the peak of the data sheet, or each
            weight, state, input and output once at its bandwidth, whichever takes longer), and a *smooth fit*
            (`seconds = c · flops^a · bytes^b`, its three constants fitted by least squares to all other rows of the
            table, so that it never saw the row that it guesses).
            """;

    private static final String OPERATORS = """
            These are not predictions of the section model but a law fitted to measurements of *isolated operators*: a
            floor, a bandwidth, a rate. Conditions are not published, neighbouring sizes differ two to five times, and no
            size passes 14 % of peak. It serves `predict-op` and nothing else.
            """;

    private static final String LIMITS = """
            ## Is it fitted too closely?

            Three numbers were chosen with these rows in view. The bandwidth of SN40L and `peer_latency` come from
            decode at batch 1, where eight rows agree; `sustained` is a published one. Chosen anew from 0.13 to 0.29 by
            all rows of models but one, for each row in turn, it would be 0.17 to 0.23, and the median error of the rows
            left out 3.3 % (chosen by the mean error) to 4.8 % (by the median), as of 2026-11-24. That was before memory
            units and the mesh were counted (2026-11-27, and streams led around busy links on 2026-11-28); no number was
            chosen anew for them.

            ## What it does not explain

            - Prefill of a batch on SN40L takes longer than the model says: what pipelines keep up there is lower than
              in training on SN30 and than decode at the same batch shows. One number serves all three.
            - GPT-2 Small at O0 takes nearly as long as a model of twice its width. Nothing in its bytes or FLOPs says
              why.
            - The loss at O0 goes through memory more often than counted here; it shows where there is one layer.
            - All else (other models, SN10 sections, images, several SN30 chips) is predicted, unvalidated, and is
              printed so.
            """;

    @Override
    public void print(PrintStream out) {
        out.print(INTRODUCTION);
        Map<String, List<Guess>> families = families();
        families.forEach((family, rows) -> {
            out.println();
            out.println("## " + family);
            out.println();
            if (rows.getFirst().row().isOperator()) {
                out.println(OPERATORS);
            }
            rows(rows, out);
            if (!rows.getFirst().row().isExact()) {
                out.println();
                summary(rows, out);
            }
        });
        out.println();
        out.println("## All calibration rows of models");
        out.println();
        summary(
                guesses.stream()
                        .filter(g -> !g.row().isOperator() && !g.row().isExact())
                        .toList(),
                out);
        out.println();
        out.print(LIMITS);
        parameters(out);
    }

    private Map<String, List<Guess>> families() {
        Map<String, List<Guess>> families = new LinkedHashMap<>();
        guesses.forEach(g -> families.computeIfAbsent(g.row().family(), _ -> new ArrayList<>())
                .add(g));
        return families;
    }

    private static void rows(List<Guess> rows, PrintStream out) {
        out.println("| model | command | measured | predicted | low to high | error | use | source |");
        out.println("| --- | --- | --- | --- | --- | --- | --- | --- |");
        for (Guess g : rows) {
            out.println("| %s | `%s` | %s | %s | %s | %s | %s | %s |"
                    .formatted(
                            g.row().config(),
                            g.row().command()
                                    + (g.row().measure().equals("seconds")
                                            ? ""
                                            : " → " + g.row().measure()),
                            number(g.row().measured()),
                            number(g.seconds()),
                            g.low() == g.high() ? "" : number(g.low()) + " to " + number(g.high()),
                            percent(g.error()),
                            g.row().use(),
                            g.row().source()));
        }
    }

    private static void summary(List<Guess> rows, PrintStream out) {
        List<Double> measured = rows.stream().map(g -> g.row().measured()).toList();
        out.println("| guess | n | median error | largest error | rank correlation |");
        out.println("| --- | --- | --- | --- | --- |");
        Map<String, List<Double>> guesses = new LinkedHashMap<>();
        guesses.put("this model", list(rows, Guess::seconds));
        guesses.put(
                "roofline at the data sheet's peaks", list(rows, g -> g.cost().roofline()));
        guesses.put(
                "smooth fit, row left out",
                TimingStatistics.smoothFit(
                        list(rows, g -> g.cost().flops()),
                        list(rows, g -> g.cost().bytes()),
                        measured));
        guesses.forEach((name, guessed) -> {
            double largest = 0;
            for (int i = 0; i < guessed.size(); i++) {
                largest = Math.max(largest, Math.abs(TimingStatistics.error(guessed.get(i), measured.get(i))));
            }
            out.println("| %s | %d | %.1f %% | %.0f %% | %.3f |"
                    .formatted(
                            name,
                            rows.size(),
                            100 * TimingStatistics.medianError(guessed, measured),
                            100 * largest,
                            TimingStatistics.rankCorrelation(guessed, measured)));
        });
    }

    private static List<Double> list(List<Guess> rows, ToDoubleFunction<Guess> fact) {
        return rows.stream().map(fact::applyAsDouble).toList();
    }

    private static void parameters(PrintStream out) {
        out.println();
        out.println("## The numbers that it rests on");
        out.println();
        out.println("`R` read in a public source, `D` derived by arithmetic from such numbers, `A` assumed.");
        out.println();
        out.println("| parameter | chip | value | range | mark | why |");
        out.println("| --- | --- | --- | --- | --- | --- |");
        for (Parameter p : Parameter.values()) {
            for (String key : Arch.keys()) {
                if (!p.concerns(Arch.of(key))) {
                    continue;
                }
                parameter(p.text(), key, p.of(Arch.of(key)), out);
            }
        }
        Arch.Operators operators = Arch.of("sn10").operators();
        parameter("operators: floor", "sn10", operators.floor(), out);
        parameter("operators: share of bandwidth", "sn10", operators.stream(), out);
        parameter("operators: the same for many bytes", "sn10", operators.largeStream(), out);
        parameter("operators: bytes after which", "sn10", operators.ramp(), out);
        parameter("operators: share of peak", "sn10", operators.rate(), out);
    }

    private static void parameter(String name, String chip, Quantity q, PrintStream out) {
        out.println("| `%s` | %s | %s %s | %s to %s | %s | %s |"
                .formatted(
                        name,
                        chip,
                        number(q.value()),
                        q.unit(),
                        number(q.low()),
                        number(q.high()),
                        q.source(),
                        q.note()));
    }

    private static String number(double x) {
        return String.format(Locale.ROOT, "%.4g", x);
    }

    private static String percent(double x) {
        return String.format(Locale.ROOT, "%+.1f %%", 100 * x);
    }

    @Override
    public Map<String, Object> json() {
        List<SequencedMap<String, Object>> rows = new ArrayList<>();
        for (Guess g : guesses) {
            rows.add(TableResult.row(
                    "family", g.row().family(),
                    "model", g.row().config(),
                    "command", g.row().command(),
                    "measure", g.row().measure(),
                    "measured", g.row().measured(),
                    "predicted", g.seconds(),
                    "error", g.error(),
                    "use", g.row().use()));
        }
        return TableResult.row("rows", rows);
    }
}
