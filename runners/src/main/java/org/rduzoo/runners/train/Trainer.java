package org.rduzoo.runners.train;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.rduzoo.checkpoint.file.WholeFile;
import org.rduzoo.samba.BatchSource;
import org.rduzoo.samba.SambaLoader;
import org.rduzoo.samba.SambaTensor;
import org.rduzoo.samba.UserError;

/// A training run: steps over the data, evaluation after each epoch, checkpoints to go on from, and what is left in
/// the end.
///
/// @param batch samples of a batch
/// @param accumulation batches of a step
/// @param epochs how often the data is gone through, unless `steps` says how many steps there are
/// @param course of the learning rate, to `peak` in `warmup` steps
/// @param dropout probabilities by the graph's input
/// @param settings what shapes the numbers of a run, for those that go on with it
/// @param unit what is counted each second: tokens, samples or images
public record Trainer(
        BatchSource data,
        Optional<Evaluator> evaluation,
        int batch,
        int accumulation,
        int epochs,
        OptionalInt steps,
        Schedule.Course course,
        double peak,
        int warmup,
        Optimization optimization,
        Map<String, Double> dropout,
        long seed,
        OptionalInt saveEvery,
        boolean resume,
        Path output,
        Map<String, String> settings,
        String unit,
        int unitsPerSample) {

    /// What a run came to.
    ///
    /// @param losses of each step, those before it was resumed included
    public record Finished(
            List<Double> losses, Map<String, Double> eval, double secondsPerStep, double unitsPerSecond) {}

    /// Trains, and writes the model, `metrics.csv`, `metrics.jsonl`, `summary.txt` and `loss.svg` into the folder.
    public Finished run(TrainingSession session, TrainedModel model, Consumer<String> log) {
        SavedRun saved = new SavedRun(output, settings);
        int done = 0;
        saved.sweep();
        if (resume) {
            done = saved.restore(session);
            log.accept(done == 0 ? "no checkpoint to go on from: from the start" : "going on after step " + done);
        } else {
            saved.clear();
        }
        try (Metrics metrics = Metrics.open(output, done);
                SambaLoader loader = new SambaLoader(data, batch, SambaLoader.Order.SHUFFLED, seed)) {
            int perEpoch = Math.max(1, loader.stepsPerEpoch() / accumulation);
            int total = steps.orElse(Math.toIntExact((long) perEpoch * epochs));
            Schedule schedule = new Schedule(course, peak, warmup, total);
            Map<String, Double> eval = lastEval(metrics);
            double spent = 0;
            int first = done;
            if (done > 0 && done < total) {
                long batches = (long) done * accumulation;
                loader.resume(new SambaLoader.State(
                        seed, batches / loader.stepsPerEpoch(), batches % loader.stepsPerEpoch()));
            }
            if (done == 0) {
                evaluation.ifPresent(e -> log.accept("Evaluation before the first step: " + shown(e.of(session))));
            }
            for (int step = done; step < total; step++) {
                double lr = schedule.at(step);
                long begin = System.nanoTime();
                TrainingSession.Outcome outcome = session.step(
                        batches(loader), new TrainingSession.Settings(step + 1, lr, optimization, dropout, seed));
                requireFinite(outcome, step + 1, lr, saved);
                int epoch = step / perEpoch + 1;
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("step", (long) step + 1);
                row.put("epoch", (long) epoch);
                row.put("loss", outcome.loss());
                row.put("grad_norm", outcome.gradNorm());
                row.put("learning_rate", lr);
                double took = seconds(begin);
                spent += took;
                row.put("seconds", took);
                double perStep = spent / (step + 1 - first);
                log.accept(String.format(
                        Locale.ROOT,
                        "Epoch [%d/%d], Step [%d/%d], Loss: %.4f  (%.0f %s/s, %s left)",
                        epoch,
                        Math.ceilDiv(total, perEpoch),
                        step + 1,
                        total,
                        outcome.loss(),
                        samples() / perStep * unitsPerSample,
                        unit,
                        time(perStep * (total - step - 1))));
                if (evaluation.isPresent() && ((step + 1) % perEpoch == 0 || step + 1 == total)) {
                    eval = evaluation.get().of(session);
                    row.putAll(eval);
                    log.accept("Evaluation: " + shown(eval));
                }
                keeping(saved, () -> metrics.add(row));
                if (saveEvery.isPresent() && (step + 1) % saveEvery.getAsInt() == 0) {
                    metrics.flush();
                    keeping(saved, () -> saved.save(saved(row), model, session));
                }
            }
            int ran = total - first;
            double perStep = ran <= 0 ? 0 : spent / ran;
            Finished finished = new Finished(
                    metrics.column("loss"), eval, perStep, perStep == 0 ? 0 : samples() * unitsPerSample / perStep);
            metrics.flush();
            keeping(saved, () -> {
                WholeFile.write(
                        output.resolve("loss.svg"),
                        true,
                        LossCurve.svg(finished.losses()).getBytes(StandardCharsets.UTF_8));
                WholeFile.write(
                        output.resolve("summary.txt"), true, summary(finished).getBytes(StandardCharsets.UTF_8));
                model.write(output, session, true);
            });
            return finished;
        }
    }

    private static int saved(Map<String, Object> row) {
        return ((Number) Objects.requireNonNull(row.get("step"))).intValue();
    }

    private int samples() {
        return batch * accumulation;
    }

    private List<Map<String, SambaTensor>> batches(SambaLoader loader) {
        List<Map<String, SambaTensor>> batches = new ArrayList<>();
        for (int i = 0; i < accumulation; i++) {
            batches.add(loader.next().tensors());
        }
        return batches;
    }

    private static Map<String, Double> lastEval(Metrics metrics) {
        Map<String, Double> eval = new LinkedHashMap<>();
        for (Map<String, Object> row : metrics.rows()) {
            for (String name : Metrics.EVALUATION) {
                if (row.get(name) instanceof Number value) {
                    eval.put(name, value.doubleValue());
                }
            }
        }
        return eval;
    }

    private static void requireFinite(TrainingSession.Outcome outcome, int step, double lr, SavedRun saved) {
        if (!outcome.isFinite()) {
            throw new UserError(
                    "the loss of step %d is %s and its gradient's norm %s: the run went astray at a learning rate of %s. %s Try a smaller --lr, or more --warmup-steps."
                            .formatted(step, outcome.loss(), outcome.gradNorm(), lr, lastGood(saved)));
        }
    }

    /// Says, if writing fails, what is left.
    private static void keeping(SavedRun saved, Runnable write) {
        try {
            write.run();
        } catch (UserError e) {
            throw new UserError(e.getMessage() + "\n" + lastGood(saved), e);
        }
    }

    private static String lastGood(SavedRun saved) {
        return saved.newest()
                .map("The last good checkpoint is %s."::formatted)
                .orElse("No checkpoint was kept; --save-every keeps some.");
    }

    private String summary(Finished finished) {
        List<Double> losses = finished.losses();
        StringBuilder text = new StringBuilder();
        text.append("steps %d%n".formatted(losses.size()));
        if (!losses.isEmpty()) {
            text.append(String.format(
                    Locale.ROOT, "first loss %.6f%nlast loss %.6f%n", losses.getFirst(), losses.getLast()));
        }
        finished.eval.forEach(
                (name, value) -> text.append(name).append(' ').append(value).append('\n'));
        text.append(String.format(
                Locale.ROOT,
                "seconds a step %.4f%n%s a second %.1f%n",
                finished.secondsPerStep,
                unit,
                finished.unitsPerSecond));
        settings.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(e ->
                        text.append(e.getKey()).append(' ').append(e.getValue()).append('\n'));
        return text.toString();
    }

    private static String shown(Map<String, Double> eval) {
        StringBuilder text = new StringBuilder();
        eval.forEach((name, value) -> text.append(text.isEmpty() ? "" : ", ")
                .append(name.replace('_', ' '))
                .append(String.format(Locale.ROOT, " %.4f", value)));
        return text.toString();
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static String time(double seconds) {
        long whole = Math.round(seconds);
        return whole >= 3600
                ? "%d:%02d:%02d".formatted(whole / 3600, whole / 60 % 60, whole % 60)
                : "%d:%02d".formatted(whole / 60, whole % 60);
    }
}
