package org.rduzoo.runners.train;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.rduzoo.samba.BatchSource;
import org.rduzoo.samba.SambaLoader;
import org.rduzoo.samba.SambaTensor;

/// How well a model of texts does on data that it does not learn from.
///
/// @param measure whether it labels texts, or guesses tokens
public record Evaluation(BatchSource data, int batch, Measure measure, Set<String> dropout) implements Evaluator {

    public enum Measure {
        ACCURACY,
        PERPLEXITY
    }

    /// `eval_loss`, and `accuracy` or `perplexity`.
    @Override
    public Map<String, Double> of(TrainingSession session) {
        double losses = 0;
        long count = 0;
        long[] right = new long[1];
        try (SambaLoader loader = new SambaLoader(data, batch, SambaLoader.Order.IN_TURN, 0)) {
            for (int i = 0; i < loader.stepsPerEpoch(); i++) {
                Map<String, SambaTensor> tensors = loader.next().tensors();
                long counted = TrainingSession.counted(tensors);
                double loss = session.evaluate(tensors, dropout, (first, graph) -> {
                    if (measure == Measure.ACCURACY) {
                        right[0] += right(graph.output("logits"), tensors, first, session.rows());
                    }
                });
                losses += loss * counted;
                count += counted;
            }
        }
        Map<String, Double> found = new LinkedHashMap<>();
        double mean = losses / Math.max(1, count);
        found.put("eval_loss", mean);
        if (!Double.isFinite(Math.exp(mean))) {
            return found;
        }
        switch (measure) {
            case ACCURACY -> found.put("accuracy", (double) right[0] / Math.max(1, count));
            case PERPLEXITY -> found.put("perplexity", Math.exp(mean));
        }
        return found;
    }

    /// How many rows, among those that count, have their label's score highest.
    private static long right(MemorySegment logits, Map<String, SambaTensor> tensors, int first, int rows) {
        SambaTensor labels = Objects.requireNonNull(tensors.get("labels"));
        SambaTensor scale = Objects.requireNonNull(tensors.get(TrainingSession.SCALE));
        int classes = (int) (logits.byteSize() / 4 / rows);
        long right = 0;
        for (int row = 0; row < rows; row++) {
            int best = 0;
            for (int c = 1; c < classes; c++) {
                if (at(logits, row * classes + c) > at(logits, row * classes + best)) {
                    best = c;
                }
            }
            boolean counts = at(scale.segment(), first + row) != 0;
            if (counts && labels.segment().getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, first + row) == best) {
                right++;
            }
        }
        return right;
    }

    private static float at(MemorySegment floats, long i) {
        return floats.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
    }
}
