package org.rduzoo.runners.data;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.SequencedMap;

/// What went in and what came out.
///
/// @param sequences rows
/// @param articles lines of the input
/// @param inputTokens tokens of the input
/// @param outputTokens tokens of all rows, padding included
/// @param completionTokens tokens of answers, the end tokens and separators after them included
/// @param droppedFromPacking tokens that did not fit
/// @param droppedFromAllPrompt tokens of rows without a completion, padding included
public record PackingMetrics(
        long sequences,
        long articles,
        long inputTokens,
        long outputTokens,
        long promptTokens,
        long completionTokens,
        long paddingTokens,
        long droppedFromPacking,
        long droppedFromAllPrompt) {

    static final PackingMetrics NONE = new PackingMetrics(0, 0, 0, 0, 0, 0, 0, 0, 0);

    PackingMetrics plus(PackingMetrics o) {
        return new PackingMetrics(
                sequences + o.sequences,
                articles + o.articles,
                inputTokens + o.inputTokens,
                outputTokens + o.outputTokens,
                promptTokens + o.promptTokens,
                completionTokens + o.completionTokens,
                paddingTokens + o.paddingTokens,
                droppedFromPacking + o.droppedFromPacking,
                droppedFromAllPrompt + o.droppedFromAllPrompt);
    }

    /// The numbers by the names that SambaNova's tool prints.
    public SequencedMap<String, Object> table() {
        SequencedMap<String, Object> table = new LinkedHashMap<>();
        long used = promptTokens + completionTokens;
        table.put("Sequences", sequences);
        table.put("Articles", articles);
        table.put("Dataset Tokens", outputTokens);
        table.put("Prompt Tokens", promptTokens);
        table.put("Completion Tokens", completionTokens);
        table.put("Padding Tokens", paddingTokens);
        table.put("Average Completion Length", decimals(ratio(completionTokens, articles)));
        table.put("Average Prompt Length", decimals(ratio(promptTokens, articles)));
        table.put("Data Utilization", percent(used, inputTokens));
        table.put("Dropped From Packing", percent(droppedFromPacking, inputTokens));
        table.put("Dropped From All Prompt", percent(droppedFromAllPrompt, inputTokens));
        table.put("Sequence Utilization", percent(used, outputTokens));
        table.put("Seq Completion Utilization", percent(completionTokens, outputTokens));
        return table;
    }

    /// The plain numbers, for JSON.
    public SequencedMap<String, Object> json() {
        SequencedMap<String, Object> json = new LinkedHashMap<>();
        long used = promptTokens + completionTokens;
        json.put("sequences", sequences);
        json.put("articles", articles);
        json.put("input_tokens", inputTokens);
        json.put("dataset_tokens", outputTokens);
        json.put("prompt_tokens", promptTokens);
        json.put("completion_tokens", completionTokens);
        json.put("padding_tokens", paddingTokens);
        json.put("average_completion_length", ratio(completionTokens, articles));
        json.put("average_prompt_length", ratio(promptTokens, articles));
        json.put("data_utilization", ratio(used, inputTokens));
        json.put("dropped_from_packing", ratio(droppedFromPacking, inputTokens));
        json.put("dropped_from_all_prompt", ratio(droppedFromAllPrompt, inputTokens));
        json.put("sequence_utilization", ratio(used, outputTokens));
        json.put("sequence_completion_utilization", ratio(completionTokens, outputTokens));
        return json;
    }

    private static double ratio(long part, long whole) {
        return whole == 0 ? 0 : (double) part / whole;
    }

    private static String decimals(double x) {
        return String.format(Locale.ROOT, "%.2f", x);
    }

    private static String percent(long part, long whole) {
        return decimals(100 * ratio(part, whole)) + "%";
    }
}
