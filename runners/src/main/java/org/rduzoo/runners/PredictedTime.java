package org.rduzoo.runners;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.cost.Prediction;
import org.rduzoo.backend.cost.RequestPrediction;

/// What a chip would take, as commands show it: `predicted`.
final class PredictedTime {

    private PredictedTime() {}

    /// Of all runs of a graph that a step takes.
    ///
    /// @param units of `unit` that it gets through
    static SequencedMap<String, Object> of(Prediction step, double units, String unit, boolean validated) {
        SequencedMap<String, Object> row = start(step.deployment(), step.seconds());
        row.put("low_s", step.lowSeconds());
        row.put("high_s", step.highSeconds());
        row.put("throughput", units / step.seconds());
        row.put("unit", unit);
        row.put("bound_by", step.bound().text());
        row.put("utilisation", step.utilisation());
        row.put("validated", validated);
        return row;
    }

    /// Of a request to a decoder.
    static SequencedMap<String, Object> of(
            RequestPrediction request,
            Deployment deployment,
            int batch,
            int promptTokens,
            int newTokens,
            boolean validated) {
        SequencedMap<String, Object> row = start(deployment, request.seconds());
        row.put("low_s", request.lowSeconds());
        row.put("high_s", request.highSeconds());
        row.put("throughput", batch * (double) newTokens / request.seconds());
        row.put("unit", "tokens/s");
        row.put("time_to_first_token_s", request.firstTokenSeconds());
        row.put("prefill_tokens_per_second", batch * (double) promptTokens / request.firstTokenSeconds());
        if (newTokens > 1) {
            row.put("seconds_per_token", request.secondsPerToken());
            row.put("decode_tokens_per_second", batch / request.secondsPerToken());
        }
        row.put("decode_weight_bytes", request.weightBytesPerToken());
        row.put("decode_operations_per_byte", request.operationsPerByte());
        row.put("bound_by", request.bound().text());
        row.put("validated", validated);
        return row;
    }

    /// Of a request, what [#sentence] says.
    static SequencedMap<String, Object> inShort(RequestPrediction request, Deployment deployment, boolean validated) {
        SequencedMap<String, Object> row = start(deployment, request.seconds());
        row.put("time_to_first_token_s", request.firstTokenSeconds());
        if (!request.steps().isEmpty()) {
            row.put("seconds_per_token", request.secondsPerToken());
        }
        row.put("validated", validated);
        return row;
    }

    private static SequencedMap<String, Object> start(Deployment deployment, double seconds) {
        SequencedMap<String, Object> row = new LinkedHashMap<>();
        row.put("arch", deployment.arch().key());
        row.put("num_tiles", deployment.tiles());
        row.put("n_chips", deployment.chips());
        row.put("seconds", seconds);
        return row;
    }

    /// A prediction in words: `on SN40L, predicted and unvalidated: first token after 0.0031 s, then 0.0012 s each`.
    static String sentence(Map<String, Object> predicted) {
        Object chips = predicted.getOrDefault("n_chips", 1);
        String where = Arch.of(String.valueOf(predicted.get("arch"))).name();
        String label = Boolean.TRUE.equals(predicted.get("validated")) ? "predicted" : "predicted, unvalidated";
        String first = "first token after %s s".formatted(number(predicted, "time_to_first_token_s"));
        String each = predicted.containsKey("seconds_per_token")
                ? ", then %s s each".formatted(number(predicted, "seconds_per_token"))
                : "";
        return "on %s%s (%s): %s%s".formatted(chips.equals(1) ? "" : chips + " × ", where, label, first, each);
    }

    private static String number(Map<String, Object> predicted, String key) {
        return String.format(Locale.ROOT, "%.3g", ((Number) Objects.requireNonNull(predicted.get(key))).doubleValue());
    }
}
