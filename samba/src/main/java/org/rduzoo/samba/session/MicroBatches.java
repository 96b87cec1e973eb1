package org.rduzoo.samba.session;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntConsumer;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.grad.TrainingGraph;
import org.rduzoo.samba.SambaTensor;
import org.rduzoo.samba.Trace;

/// Feeds a batch to a graph that takes some of its samples at a time, the first axis of each tensor counting samples.
///
/// With the tensors by the names of the graph's inputs comes [#SCALE]: what each element of the loss counts, in the
/// loss's shape. Over a batch that sums to 1 for a mean. A loss that is one number is the mean of its micro-batch and
/// needs none.
public final class MicroBatches {

    /// The tensor that says what each loss counts.
    public static final String SCALE = "grad_scale";

    private static final String LOSS_GRADIENT = TrainingGraph.lossGradientName(Model.LOSS);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final LoadedGraph graph;
    private final Map<String, Type> inputs = new LinkedHashMap<>();
    private final int rows;

    public MicroBatches(LoadedGraph graph) {
        this.graph = graph;
        graph.graph()
                .inputs(Graph.Kind.INPUT)
                .forEach(i -> inputs.put(i.name(), i.value().type()));
        rows = inputs.values().stream()
                .filter(t -> t.rank() > 0)
                .findFirst()
                .orElseThrow()
                .dim(0);
    }

    /// The seed of a step's dropout: each of its micro-batches has random numbers of its own.
    public static long seed(long run, int step) {
        return run * 0x9E3779B97F4A7C15L + ((long) step << 20);
    }

    /// How many samples the graph takes at a time.
    public int rows() {
        return rows;
    }

    /// Sets a number that the graph may take.
    public void scalar(String name, double value) {
        if (inputs.containsKey(name)) {
            graph.input(name).set(FLOAT, 0, (float) value);
        }
    }

    /// Sets a whole number that the graph may take.
    public void integer(String name, long value) {
        Type type = inputs.get(name);
        if (type != null && type.dtype() == DType.I64) {
            graph.input(name).set(ValueLayout.JAVA_LONG_UNALIGNED, 0, value);
        }
    }

    /// Runs the passes of a step for each micro-batch in turn.
    ///
    /// @param share that the losses of this batch have in the step's
    /// @param before the number of micro-batches of the step before this batch
    /// @param seed of the step: each of its micro-batches has random numbers of its own
    /// @param passes runs them
    /// @param saw is told the first sample of each micro-batch after its run
    /// @return the sum of the losses, each times what it counts
    public double pass(
            Map<String, SambaTensor> batch, double share, int before, long seed, Runnable passes, IntConsumer saw) {
        double loss = 0;
        int samples = samples(batch);
        for (int first = 0; first < samples; first += rows) {
            int microBatch = before + first / rows;
            scalar(TrainingGraph.ACCUMULATE, microBatch == 0 ? 0 : 1);
            integer(Trace.DROPOUT_SEED, seed + microBatch);
            fill(batch, first, share);
            passes.run();
            loss += weighted();
            saw.accept(first);
        }
        return loss;
    }

    /// How many micro-batches a batch is.
    public int count(Map<String, SambaTensor> batch) {
        return samples(batch) / rows;
    }

    /// How many elements of a batch's loss count; how many samples there are, where the loss is one number.
    public static long counted(Map<String, SambaTensor> batch) {
        SambaTensor scale = batch.get(SCALE);
        if (scale == null) {
            return samplesOf(batch);
        }
        long count = 0;
        for (long i = 0; i < scale.elements(); i++) {
            if (scale.segment().getAtIndex(FLOAT, i) != 0) {
                count++;
            }
        }
        return count;
    }

    private static SambaTensor tensor(Map<String, SambaTensor> batch, String name) {
        SambaTensor tensor = batch.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("a batch has no " + name + ", but " + batch.keySet());
        }
        return tensor;
    }

    private static int samplesOf(Map<String, SambaTensor> batch) {
        return batch.values().iterator().next().shape().dim(0);
    }

    private int samples(Map<String, SambaTensor> batch) {
        int samples = samplesOf(batch);
        if (samples % rows != 0) {
            throw new IllegalArgumentException("%d samples in micro-batches of %d".formatted(samples, rows));
        }
        return samples;
    }

    private void fill(Map<String, SambaTensor> batch, int first, double share) {
        inputs.forEach((name, type) -> {
            boolean scale = name.equals(LOSS_GRADIENT);
            if (type.rank() == 0) {
                if (scale) {
                    graph.input(name).set(FLOAT, 0, (float) (share * rows / samplesOf(batch)));
                }
                return;
            }
            SambaTensor tensor = tensor(batch, scale ? SCALE : name);
            MemorySegment to = graph.input(name);
            long row = type.bytes() / rows;
            MemorySegment.copy(tensor.segment(), first * row, to, 0, row * rows);
            for (long i = 0; scale && share != 1 && i < type.elements(); i++) {
                to.setAtIndex(FLOAT, i, (float) (to.getAtIndex(FLOAT, i) * share));
            }
        });
    }

    private double weighted() {
        Type type = inputs.get(LOSS_GRADIENT);
        if (type == null) {
            return 0;
        }
        MemorySegment losses = graph.output(Model.LOSS);
        MemorySegment scales = graph.input(LOSS_GRADIENT);
        double sum = 0;
        for (long i = 0; i < type.elements(); i++) {
            float scale = scales.getAtIndex(FLOAT, i);
            if (scale != 0) {
                sum += (double) scale * losses.getAtIndex(FLOAT, i);
            }
        }
        return sum;
    }
}
