package org.rduzoo.runners;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
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

    private static SequencedMap<String, Object> start(Deployment deployment, double seconds) {
        SequencedMap<String, Object> row = new LinkedHashMap<>();
        row.put("arch", deployment.arch().key());
        row.put("num_tiles", deployment.tiles());
        row.put("n_chips", deployment.chips());
        row.put("seconds", seconds);
        return row;
    }
}
