package org.rduzoo.runners.generate;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.rduzoo.backend.host.HostGraph;
import org.rduzoo.backend.host.HostModel;
import org.rduzoo.samba.UserError;

/// Continues texts with a compiled decoder, a batch at a time. A prompt goes through in chunks, then each token by
/// itself; texts of a batch need not be of one length, and each is what it would be alone.
public final class Generator {

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    private final HostModel host;
    private final DecoderShape shape;
    private final long[] endTokens;
    private final Map<String, Step> steps = new HashMap<>();

    /// @param endTokens tokens after which nothing follows
    public Generator(HostModel host, DecoderShape shape, Set<Long> endTokens) {
        this.host = host;
        this.shape = shape;
        this.endTokens = endTokens.stream().mapToLong(Long::longValue).toArray();
    }

    /// Hears of each token as it is chosen.
    @FunctionalInterface
    public interface Listener {
        /// @param text which of the prompts it continues
        void token(int text, long id);
    }

    /// What came out, and how long it took.
    ///
    /// @param firstTokenSeconds to the first token of every text of the first batch
    /// @param seconds to the last token of all
    /// @param steps runs of the graph for one token
    /// @param stepSeconds how long those took
    public record Result(
            List<Continuation> continuations,
            double firstTokenSeconds,
            double seconds,
            long steps,
            double stepSeconds) {}

    /// Plans and loads the graphs that prompts of these lengths need. The one for each token after them is loaded once
    /// the first token is out.
    public void prepare(List<long[]> prompts) {
        prompts.forEach(p -> shape.plan(p.length).forEach(chunk -> step(DecoderShape.prefill(chunk))));
    }

    /// Continues each prompt by at most `maxNewTokens`.
    ///
    /// @throws UserError when a prompt and its continuation do not fit the cache; then nothing was run
    public Result run(List<long[]> prompts, int maxNewTokens, Sampling sampling, Listener listener) {
        for (int i = 0; i < prompts.size(); i++) {
            requireFits(prompts.get(i).length, maxNewTokens, prompts.size() == 1 ? "the prompt" : "prompt " + (i + 1));
        }
        long start = System.nanoTime();
        List<Continuation> continuations = new ArrayList<>();
        double first = 0;
        long count = 0;
        double stepSeconds = 0;
        for (int from = 0; from < prompts.size(); from += shape.batch()) {
            int end = Math.min(prompts.size(), from + shape.batch());
            Batch batch = new Batch(prompts.subList(from, end), from, maxNewTokens, sampling, listener);
            batch.prefill();
            first = from == 0 ? seconds(start) : first;
            if (batch.anyOpen()) {
                step(DecoderShape.DECODE);
            }
            long stepping = System.nanoTime();
            count += batch.decode();
            stepSeconds += seconds(stepping);
            continuations.addAll(batch.continuations());
        }
        return new Result(continuations, first, seconds(start), count, stepSeconds);
    }

    private void requireFits(int prompt, int maxNewTokens, String which) {
        if (prompt == 0) {
            throw new UserError(which + " has no tokens.");
        }
        // The last token is given out and needs no place.
        if ((long) prompt + maxNewTokens - 1 > shape.slots()) {
            throw new UserError(
                    ("%s has %d tokens and %d new ones are asked for, but the cache holds %d. Shorten it, ask for fewer"
                                    + " with --max-new-tokens, or compile with a longer --max-seq-length.")
                            .formatted(which, prompt, maxNewTokens, shape.slots()));
        }
    }

    private Step step(String graph) {
        return steps.computeIfAbsent(graph, name -> new Step(host.graph(name)));
    }

    private boolean isEnd(long id) {
        for (long end : endTokens) {
            if (id == end) {
                return true;
            }
        }
        return false;
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    /// A graph with its inputs and output at hand.
    private static final class Step {

        final HostGraph graph;
        final int vocabulary;
        final MemorySegment inputIds;
        final MemorySegment start;
        final MemorySegment valid;
        final MemorySegment logits;

        Step(HostGraph graph) {
            this.graph = graph;
            vocabulary =
                    graph.graph().output("logits").orElseThrow().value().type().dim(1);
            inputIds = graph.input("input_ids");
            start = graph.input("start");
            valid = graph.input("valid");
            logits = graph.output("logits");
        }
    }

    /// Texts that go through together.
    private final class Batch {

        private final List<Row> rows = new ArrayList<>();
        private final int maxNewTokens;

        Batch(List<long[]> prompts, int first, int maxNewTokens, Sampling sampling, Listener listener) {
            this.maxNewTokens = maxNewTokens;
            int longest = prompts.stream().mapToInt(p -> p.length).max().orElse(1);
            int vocabulary = step(DecoderShape.prefill(shape.plan(longest).getFirst())).vocabulary;
            for (int i = 0; i < prompts.size(); i++) {
                rows.add(new Row(prompts.get(i), first + i, new Sampler(sampling, vocabulary), listener));
            }
        }

        void prefill() {
            int longest = rows.stream().mapToInt(r -> r.length).max().orElse(0);
            for (int chunk : shape.plan(longest)) {
                Step step = step(DecoderShape.prefill(chunk));
                for (int b = 0; b < shape.batch(); b++) {
                    int done = b < rows.size() ? rows.get(b).done : 0;
                    int count = b < rows.size() ? Math.min(chunk, rows.get(b).length - done) : 0;
                    for (int t = 0; t < chunk; t++) {
                        put(step.inputIds, (long) b * chunk + t, t < count ? rows.get(b).ids[done + t] : 0);
                    }
                    put(step.start, b, done);
                    put(step.valid, b, done + count);
                }
                step.graph.run();
                for (int b = 0; b < rows.size(); b++) {
                    Row row = rows.get(b);
                    boolean last = row.done < row.length && row.done + chunk >= row.length;
                    row.done = Math.min(row.length, row.done + chunk);
                    if (last) {
                        row.choose(step, b);
                    }
                }
            }
        }

        /// Goes on until all texts have come to an end.
        ///
        /// @return the number of steps
        long decode() {
            if (!anyOpen()) {
                return 0;
            }
            Step step = step(DecoderShape.DECODE);
            long count = 0;
            while (anyOpen()) {
                for (int b = 0; b < shape.batch(); b++) {
                    boolean open = b < rows.size() && rows.get(b).isOpen(maxNewTokens);
                    int done = b < rows.size() ? rows.get(b).done : 0;
                    put(step.inputIds, b, open ? rows.get(b).ids[done] : 0);
                    put(step.start, b, done);
                    put(step.valid, b, open ? done + 1 : done);
                }
                step.graph.run();
                for (int b = 0; b < rows.size(); b++) {
                    Row row = rows.get(b);
                    if (row.isOpen(maxNewTokens)) {
                        row.done++;
                        row.choose(step, b);
                    }
                }
                count++;
            }
            return count;
        }

        private boolean anyOpen() {
            for (int b = 0; b < rows.size(); b++) {
                if (rows.get(b).isOpen(maxNewTokens)) {
                    return true;
                }
            }
            return false;
        }

        List<Continuation> continuations() {
            return rows.stream().map(Row::continuation).toList();
        }

        private static void put(MemorySegment segment, long i, long value) {
            segment.setAtIndex(LONG, i, value);
        }
    }

    /// One text.
    private final class Row {

        private final int number;
        private final int length;
        private final Sampler sampler;
        private final Listener listener;
        private long[] ids;
        private int count;
        /// How many tokens the cache has.
        private int done;
        private boolean ended;

        Row(long[] prompt, int number, Sampler sampler, Listener listener) {
            this.number = number;
            this.length = prompt.length;
            this.ids = Arrays.copyOf(prompt, prompt.length + 64);
            this.count = prompt.length;
            this.sampler = sampler;
            this.listener = listener;
            for (long id : prompt) {
                sampler.saw(id);
            }
        }

        boolean isOpen(int maxNewTokens) {
            return !ended && count - length < maxNewTokens;
        }

        void choose(Step step, int b) {
            long id = sampler.next(step.logits, 4L * b * step.vocabulary);
            if (count == ids.length) {
                ids = Arrays.copyOf(ids, 2 * count);
            }
            ids[count++] = id;
            ended = isEnd(id);
            listener.token(number, id);
        }

        Continuation continuation() {
            return new Continuation(Arrays.copyOfRange(ids, length, count), ended);
        }
    }
}
