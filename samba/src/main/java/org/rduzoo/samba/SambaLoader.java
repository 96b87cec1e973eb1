package org.rduzoo.samba;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.SequencedMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Batches of samples, without end, epoch after epoch, fetched in the background while the one before is at work.
///
/// What comes is determined by the seed and the place alone: a loader that resumes at a [State] goes on with the very
/// batches that would have come.
public final class SambaLoader implements AutoCloseable {

    /// Batches that are fetched before they are asked for.
    private static final int AHEAD = 2;

    private final BatchSource source;
    private final int batchSize;
    private final Order order;
    private final ExecutorService worker = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "samba-loader");
        thread.setDaemon(true);
        return thread;
    });
    private final Deque<Future<Batch>> ahead = new ArrayDeque<>();
    private State next;

    // The order of the epoch that is being fetched; the worker's own.
    private State orderedEpoch = new State(0, -1, 0);
    private int[] ordered = {};

    /// How the samples of an epoch come.
    public enum Order {
        /// Each epoch in an order of its own. Samples that do not fill a batch are left out of that epoch.
        SHUFFLED,
        /// As they are, every one of them: a last batch that is not full is filled up with [BatchSource#NONE].
        IN_TURN
    }

    /// A place in the sequence of batches.
    ///
    /// @param seed of the orders
    /// @param epoch from 0
    /// @param step the batch within the epoch, from 0
    public record State(long seed, long epoch, long step) {}

    /// @param place which one it is
    /// @param samples the numbers of its samples
    /// @param tensors by name
    /// @param endsEpoch whether it is the last of its epoch
    public record Batch(
            State place, List<Integer> samples, SequencedMap<String, SambaTensor> tensors, boolean endsEpoch) {

        /// The tensor of this name.
        public SambaTensor tensor(String name) {
            SambaTensor tensor = tensors.get(name);
            if (tensor == null) {
                throw new IllegalArgumentException("a batch has no " + name + ", but " + tensors.keySet());
            }
            return tensor;
        }
    }

    /// @throws UserError when there are too few samples for one batch
    public SambaLoader(BatchSource source, int batchSize, Order order, long seed) {
        if (source.count() < (order == Order.SHUFFLED ? batchSize : 1)) {
            throw new UserError(
                    "there are %d samples, too few for a batch of %d. Take a smaller --batch-size, or more data."
                            .formatted(source.count(), batchSize));
        }
        this.source = source;
        this.batchSize = batchSize;
        this.order = order;
        next = new State(seed, 0, 0);
    }

    public int stepsPerEpoch() {
        return order == Order.SHUFFLED ? source.count() / batchSize : Math.ceilDiv(source.count(), batchSize);
    }

    /// The place of the batch that [#next] will give.
    public State state() {
        return next;
    }

    /// Goes on at `state`, whatever came before.
    ///
    /// @throws UserError when this data has no such place
    public void resume(State state) {
        if (state.epoch() < 0 || state.step() < 0 || state.step() >= stepsPerEpoch()) {
            throw new UserError(
                    "there is no step %d of epoch %d: an epoch of this data has %d steps. Is it the data that "
                                    .formatted(state.step(), state.epoch(), stepsPerEpoch())
                            + "the run began with?");
        }
        ahead.forEach(f -> f.cancel(false));
        ahead.clear();
        next = state;
    }

    /// The next batch. Waits until it is there.
    public Batch next() {
        while (ahead.size() <= AHEAD) {
            State place = after(next, ahead.size());
            ahead.add(worker.submit(() -> fetch(place)));
        }
        try {
            Batch batch = ahead.removeFirst().get();
            next = after(next, 1);
            return batch;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for data", e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }

    /// The batches from here to the end of the epoch.
    public Iterable<Batch> epoch() {
        return () ->
                Stream.generate(this::next).limit(stepsPerEpoch() - next.step()).iterator();
    }

    private State after(State place, int steps) {
        long step = place.step() + steps;
        return new State(place.seed(), place.epoch() + step / stepsPerEpoch(), step % stepsPerEpoch());
    }

    private Batch fetch(State place) {
        State epoch = new State(place.seed(), place.epoch(), 0);
        if (!epoch.equals(orderedEpoch)) {
            ordered = order(epoch);
            orderedEpoch = epoch;
        }
        int start = Math.toIntExact(place.step() * batchSize);
        int end = Math.min(start + batchSize, ordered.length);
        int[] samples = new int[batchSize];
        Arrays.fill(samples, BatchSource.NONE);
        System.arraycopy(ordered, start, samples, 0, end - start);
        SequencedMap<String, SambaTensor> tensors = new LinkedHashMap<>();
        source.batch(samples.clone(), place.epoch()).forEach(t -> tensors.put(t.name(), t));
        return new Batch(place, Arrays.stream(samples).boxed().toList(), tensors, place.step() == stepsPerEpoch() - 1);
    }

    private int[] order(State place) {
        int[] samples = IntStream.range(0, source.count()).toArray();
        if (order == Order.SHUFFLED) {
            // Seeds and epochs far apart, since this generator gives similar numbers for similar seeds.
            Random random = new Random((place.seed() + 1) * 0x9E3779B97F4A7C15L + place.epoch() * 0xBF58476D1CE4E5B9L);
            for (int i = samples.length - 1; i > 0; i--) {
                int j = random.nextInt(i + 1);
                int sample = samples[i];
                samples[i] = samples[j];
                samples[j] = sample;
            }
        }
        return samples;
    }

    /// Ends the thread that fetches. The source stays open.
    @Override
    public void close() {
        ahead.clear();
        worker.shutdownNow();
        worker.close();
    }
}
