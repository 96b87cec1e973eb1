package org.rduzoo.runners.train;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.rduzoo.backend.host.HostGraph;
import org.rduzoo.backend.host.HostModel;
import org.rduzoo.backend.host.HostOptions;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.grad.TrainingGraph;
import org.rduzoo.samba.SambaTensor;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.Weights.Weight;
import org.rduzoo.samba.session.MicroBatches;

/// A training graph with weights and optimizer state: steps are done with it.
///
/// It is fed tensors by the names of the graph's inputs, samples along the first axis, and with them [#SCALE]: what
/// each element of the loss counts, in the loss's shape. Over a batch that sums to 1 for a mean. A loss that is one
/// number, as images have it, is the mean of its micro-batch and needs none.
public final class TrainingSession implements AutoCloseable {

    /// The tensor that says what each loss counts.
    public static final String SCALE = MicroBatches.SCALE;

    private final HostModel host;
    private final HostGraph graph;
    private final MicroBatches feed;
    private final Map<String, Type> kept = new LinkedHashMap<>();

    private TrainingSession(HostModel host) {
        this.host = host;
        graph = host.graph(TrainingSpec.NAME);
        feed = new MicroBatches(graph);
        List<String> states = host.states();
        graph.graph().inputs().stream()
                .filter(i -> states.contains(i.name()))
                .forEach(i -> kept.put(i.name(), i.value().type()));
    }

    /// Makes ready to train `weights`, which must stay open until this is closed.
    public static TrainingSession load(Pef pef, Weights weights, HostOptions options) {
        HostModel host = HostModel.load(pef, weights, options);
        try {
            return new TrainingSession(host);
        } catch (RuntimeException | Error e) {
            host.close();
            throw e;
        }
    }

    /// What a step found.
    ///
    /// @param gradNorm of all gradients together, before it is bounded
    public record Outcome(double loss, double gradNorm) {

        public boolean isFinite() {
            return Double.isFinite(loss) && Double.isFinite(gradNorm);
        }
    }

    /// Numbers of a step.
    ///
    /// @param number from 1
    /// @param dropout probabilities by the input's name
    /// @param seed of the run; each micro-batch of each step has random numbers of its own
    public record Settings(
            int number, double learningRate, Optimization optimization, Map<String, Double> dropout, long seed) {}

    /// One step over all samples of `batches`: forward and backward for each micro-batch, then the norm, then, if loss
    /// and norm are numbers, the optimizer. Otherwise weights and states stay as they were.
    public Outcome step(List<? extends Map<String, SambaTensor>> batches, Settings settings) {
        settings.optimization.scalars().forEach(feed::scalar);
        settings.dropout.forEach(feed::scalar);
        feed.scalar(TrainingGraph.LR, settings.learningRate);
        feed.integer(TrainingGraph.STEP, settings.number);
        feed.integer(TrainingGraph.ROUNDING_SEED, MicroBatches.seed(settings.seed, settings.number));
        long[] counted = batches.stream().mapToLong(TrainingSession::counted).toArray();
        long all = Math.max(1, Arrays.stream(counted).sum());
        double loss = 0;
        int microBatches = 0;
        for (int i = 0; i < batches.size(); i++) {
            loss += feed.pass(
                    batches.get(i),
                    batches.size() == 1 ? 1 : (double) counted[i] / all,
                    microBatches,
                    MicroBatches.seed(settings.seed, settings.number),
                    () -> graph.run(Set.of(SectionType.FWD, SectionType.BCKWD)),
                    _ -> {});
            microBatches += feed.count(batches.get(i));
        }
        graph.run(Set.of(SectionType.REDUCE, SectionType.GRADNORM));
        Outcome outcome =
                new Outcome(loss, graph.output(TrainingGraph.GRAD_NORM).get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0));
        if (outcome.isFinite()) {
            graph.run(Set.of(SectionType.OPT));
        }
        return outcome;
    }

    /// Sees the samples that a run of the forward pass was for.
    @FunctionalInterface
    public interface Watcher {
        void saw(int first, HostGraph graph);
    }

    /// The loss of a batch, without learning from it.
    ///
    /// @param dropout the inputs with probabilities, all of which are 0 here
    public double evaluate(Map<String, SambaTensor> batch, Set<String> dropout, Watcher watcher) {
        dropout.forEach(name -> feed.scalar(name, 0));
        return feed.pass(batch, 1, 0, 0, () -> graph.run(Set.of(SectionType.FWD)), first -> watcher.saw(first, graph));
    }

    /// How many elements of a batch's loss count; how many samples there are, where the loss is one number.
    static long counted(Map<String, SambaTensor> batch) {
        return MicroBatches.counted(batch);
    }

    /// Another graph of the PEF, over the same weights.
    HostGraph graph(String name) {
        return host.graph(name);
    }

    /// The element type of what an image's loss is measured against.
    DType targetType() {
        return graph.graph().input("target").orElseThrow().value().dtype();
    }

    /// How many rows the graph takes at a time.
    int rows() {
        return feed.rows();
    }

    /// What is trained, and what the optimizer keeps for it; it changes with each step.
    public List<Weight> states() {
        List<Weight> states = new ArrayList<>();
        kept.forEach((name, type) -> {
            if (!name.startsWith(TrainingGraph.gradientName(""))) {
                states.add(new Weight(name, type, "training", () -> host.state(name)));
            }
        });
        return states;
    }

    /// The parameters that are trained, as they are now.
    public Map<String, Weight> trained() {
        Map<String, Weight> trained = new LinkedHashMap<>();
        Set<String> parameters = new HashSet<>();
        graph.graph().inputs(Graph.Kind.PARAMETER).forEach(i -> parameters.add(i.name()));
        states().stream().filter(w -> parameters.contains(w.name())).forEach(w -> trained.put(w.name(), w));
        return trained;
    }

    /// The gradients that the last step left, where the graph accumulates them.
    public List<Weight> gradients() {
        List<Weight> gradients = new ArrayList<>();
        kept.forEach((name, type) -> {
            if (name.startsWith(TrainingGraph.gradientName(""))) {
                gradients.add(new Weight(name, type, "training", () -> host.state(name)));
            }
        });
        return gradients;
    }

    /// Puts back what [#states] gave.
    ///
    /// @throws IllegalArgumentException when one is missing or of another type
    void restore(Weights saved) {
        for (Weight state : states()) {
            Weight from = saved.find(state.name())
                    .filter(w -> w.type().equals(state.type()))
                    .orElseThrow(() -> new IllegalArgumentException(
                            "%s of type %s is not in %s".formatted(state.name(), state.type(), saved.source())));
            host.state(state.name()).copyFrom(from.segment());
        }
    }

    /// The memory that training takes, as far as it is known.
    public long memoryBytes() {
        return host.memoryBytes();
    }

    public String description() {
        return host.description();
    }

    @Override
    public void close() {
        host.close();
    }
}
