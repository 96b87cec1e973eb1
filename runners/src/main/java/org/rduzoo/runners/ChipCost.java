package org.rduzoo.runners;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.rduzoo.backend.cost.MemoryPlan;
import org.rduzoo.backend.cost.Prediction;
import org.rduzoo.backend.cost.RequestPrediction;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.runners.generate.DecoderShape;

/// What a PEF costs on its chip, as `compile` and `describe` say it.
final class ChipCost {

    private ChipCost() {}

    /// The `predicted` of a PEF: of a decoder a prompt that fills the longest chunk and the token after it, of all else
    /// the longest graph.
    static SequencedMap<String, Object> predicted(Pef pef) {
        boolean validated = validated(pef);
        List<Integer> chunks = pef.entries().stream()
                .map(e -> DecoderShape.chunk(e.graph().name()))
                .filter(c -> c > 0)
                .sorted()
                .toList();
        if (!chunks.isEmpty() && pef.entry(DecoderShape.DECODE).isPresent()) {
            int prompt = chunks.getLast();
            RequestPrediction request = Predictions.request(pef, List.of(prompt), prompt, 2);
            int batch = Decoders.shape(pef).batch();
            return PredictedTime.of(request, pef.deployment(), batch, prompt, 2, validated);
        }
        Prediction longest = runs(pef).stream()
                .max(Comparator.comparingDouble(Prediction::seconds))
                .orElseThrow();
        return PredictedTime.of(longest, 1, "runs/s", validated);
    }

    /// Whether a time of such a model on such a chip was published.
    static boolean validated(Pef pef) {
        boolean inference = pef.compilation()
                .arguments()
                .getOrDefault(Option.INFERENCE.key(), "true")
                .equals("true");
        return TimingRows.cover(pef.compilation().model(), pef.deployment(), inference);
    }

    private static List<Prediction> runs(Pef pef) {
        return pef.entries().stream()
                .map(e -> Predictions.step(pef, e.graph().name()))
                .toList();
    }

    /// A row a graph: arithmetic, bytes and time of a run, and the most of each memory that is in use; of one chip. A
    /// time
    /// that nobody published another to hold against says so.
    static List<SequencedMap<String, Object>> graphs(Pef pef) {
        List<SequencedMap<String, Object>> rows = new ArrayList<>();
        for (Prediction p : runs(pef)) {
            SequencedMap<String, Object> row = TableResult.row(
                    "graph", p.graph(),
                    "sections", p.sections().size(),
                    "flops", p.flops(),
                    "bytes", p.traffic().memory());
            for (Map.Entry<String, MemoryPlan.Level> level : p.memory().levels().entrySet()) {
                row.put(level.getKey() + "_bytes", level.getValue().peak());
            }
            row.put("predicted_s", rounded(p.seconds()));
            row.put("low_s", rounded(p.lowSeconds()));
            row.put("high_s", rounded(p.highSeconds()));
            row.put("bound_by", p.bound().text());
            row.put("validated", validated(pef));
            rows.add(row);
        }
        return rows;
    }

    /// To four digits: nobody knows more.
    private static double rounded(double seconds) {
        return new BigDecimal(seconds).round(new MathContext(4)).doubleValue();
    }
}
