package org.rduzoo.backend.cost;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.rduzoo.backend.arch.Deployment;
import org.rduzoo.backend.section.SectionPlan;
import org.rduzoo.ir.Graph;

/// What a request to a decoder takes: the graphs that bring the prompt, then a step for each further token, whose cache
/// grows.
///
/// @param prompt one prediction a chunk of the prompt
/// @param steps one prediction for all steps that read as many blocks of the cache
public record RequestPrediction(List<Prediction> prompt, List<Steps> steps) {

    /// @param count steps that take as long as `each`
    public record Steps(Prediction each, int count) {}

    /// A graph that brings `tokens` of the prompt.
    public record Chunk(Graph graph, SectionPlan plan, int tokens) {}

    public RequestPrediction {
        prompt = List.copyOf(prompt);
        steps = List.copyOf(steps);
    }

    /// The request whose prompt goes through `chunks`, one after the other, for `newTokens` tokens after it.
    public static RequestPrediction of(
            List<Chunk> chunks,
            int promptTokens,
            Graph decode,
            SectionPlan plan,
            int newTokens,
            Deployment deployment) {
        Conditions conditions = Conditions.of(deployment.arch());
        List<Prediction> prompt = new ArrayList<>();
        long keys = 0;
        for (Chunk chunk : chunks) {
            keys = Math.min(promptTokens, keys + chunk.tokens);
            prompt.add(CostModel.predict(chunk.graph, chunk.plan, deployment, conditions.withKeys(keys)));
        }
        List<Steps> steps = new ArrayList<>();
        for (int i = 1; i < newTokens; ) {
            Conditions at = conditions.withKeys(promptTokens + (long) i);
            int count = 1;
            while (i + count < newTokens
                    && conditions.withKeys(promptTokens + (long) i + count).equals(at)) {
                count++;
            }
            steps.add(new Steps(CostModel.predict(decode, plan, deployment, at), count));
            i += count;
        }
        return new RequestPrediction(prompt, steps);
    }

    public double firstTokenSeconds() {
        return prompt.stream().mapToDouble(Prediction::seconds).sum();
    }

    /// The mean of all tokens but the first; 0 if there is none.
    public double secondsPerToken() {
        int count = steps.stream().mapToInt(Steps::count).sum();
        return count == 0 ? 0 : (seconds() - firstTokenSeconds()) / count;
    }

    /// Of the whole request.
    public double seconds() {
        return sum(Prediction::seconds);
    }

    public double lowSeconds() {
        return sum(Prediction::lowSeconds);
    }

    public double highSeconds() {
        return sum(Prediction::highSeconds);
    }

    /// As [Prediction#rooflineSeconds].
    public double rooflineSeconds() {
        return sum(Prediction::rooflineSeconds);
    }

    /// Of one chip.
    public double flops() {
        return sum(Prediction::flops);
    }

    /// Between one chip and its memories.
    public double bytes() {
        return sum(p -> p.traffic().memory());
    }

    /// Bytes of weights that a chip reads for a token after the first; 0 if there is none.
    public long weightBytesPerToken() {
        return steps.isEmpty() ? 0 : steps.getFirst().each.traffic().weights();
    }

    /// Of the first token after the first; 0 if there is none.
    public double operationsPerByte() {
        if (steps.isEmpty()) {
            return 0;
        }
        Prediction first = steps.getFirst().each;
        return first.flops() / (double) first.traffic().memory();
    }

    private double sum(ToDoubleFunction<Prediction> fact) {
        return prompt.stream().mapToDouble(fact).sum()
                + steps.stream()
                        .mapToDouble(s -> s.count * fact.applyAsDouble(s.each))
                        .sum();
    }

    /// What most of the time goes into.
    public Bound bound() {
        Map<Bound, Double> seconds = new EnumMap<>(Bound.class);
        prompt.forEach(p -> p.secondsByBound().forEach((b, s) -> seconds.merge(b, s, Double::sum)));
        steps.forEach(s -> s.each.secondsByBound().forEach((b, x) -> seconds.merge(b, s.count * x, Double::sum)));
        return seconds.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .orElseThrow()
                .getKey();
    }
}
