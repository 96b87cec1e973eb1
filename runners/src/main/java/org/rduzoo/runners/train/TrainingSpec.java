package org.rduzoo.runners.train;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.grad.ActivationMemory;
import org.rduzoo.ir.grad.TrainingGraph;
import org.rduzoo.ir.grad.TrainingOptions;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderGraphs;
import org.rduzoo.samba.DecoderModel;
import org.rduzoo.samba.EncoderGraphs;
import org.rduzoo.samba.EncoderModel;
import org.rduzoo.samba.ImageGraphs;
import org.rduzoo.samba.ImageModel;
import org.rduzoo.samba.LowRank;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.ZooModel;

/// The graph of a training step: for how many samples of which size at a time, and with which optimizer.
///
/// @param rows of a micro-batch
/// @param accumulates whether a step has several micro-batches, or its gradients are asked for
/// @param budget of the activations that are kept for the backward pass; without, all that it needs are
/// @param roundsAtRandom whether weights are kept in bf16 alone, and rounded at random after a step
/// @param tuning what learns, where it is not the whole model
public record TrainingSpec(
        int rows,
        Sample sample,
        TrainingOptions.Method method,
        Decay decay,
        boolean accumulates,
        Optional<Budget> budget,
        boolean roundsAtRandom,
        Optional<Tuning> tuning) {

    /// The graph's name.
    public static final String NAME = "train";

    /// The name of the graph that evaluates an image model between steps, an image at a time.
    public static final String EVALUATION = "evaluate";

    /// What a row is.
    public sealed interface Sample {}

    /// @param packed whether a row of a decoder's holds several texts
    public record Texts(int tokens, boolean packed) implements Sample {}

    /// Images or volumes.
    ///
    /// @param sides slowest first: height and width, before them the depth of a volume
    public record Images(List<Integer> sides) implements Sample {}

    /// Which parameters shrink.
    public enum Decay {
        /// Those of two or more dimensions.
        MATRICES,
        ALL
    }

    /// Memory for activations.
    ///
    /// @param bytesPerElement of an activation, which is 2 in bf16
    public record Budget(long bytes, int bytesPerElement) {}

    /// Adapters that learn in place of the weights.
    ///
    /// @param whole weights that learn beside them, as those of a new head
    public record Tuning(LowRank adapters, List<String> whole) {

        public Tuning {
            whole = whole.stream().sorted().toList();
        }

        public static Tuning of(LowRank adapters) {
            return new Tuning(adapters, List.of());
        }

        boolean trains(String parameter) {
            return LowRank.isAdapter(parameter) || whole.contains(parameter);
        }
    }

    public TrainingSpec withTuning(Optional<Tuning> changed) {
        return new TrainingSpec(rows, sample, method, decay, accumulates, budget, roundsAtRandom, changed);
    }

    /// The forward pass, as the model is traced.
    public Trace trace(ZooModel model, Config config) {
        Trace trace = Trace.training(NAME, tuning.map(Tuning::adapters));
        return switch (model) {
            case DecoderModel m -> DecoderGraphs.training(trace, m, config, rows, texts().tokens, texts().packed);
            case EncoderModel m -> EncoderGraphs.training(trace, m, config, rows, texts().tokens);
            case ImageModel m -> ImageGraphs.training(trace, m, config, rows, sides());
        };
    }

    private Texts texts() {
        return (Texts) sample;
    }

    /// The sides of images.
    public List<Integer> sides() {
        return ((Images) sample).sides;
    }

    /// How many tokens a row has that are each learned from; 1 where rows are counted.
    public int unitsPerRow() {
        return sample instanceof Texts(int tokens, boolean packed) && packed ? tokens : 1;
    }

    /// What is counted each second.
    public String unit() {
        return switch (sample) {
            case Texts(int _, boolean packed) -> packed ? "tokens" : "samples";
            case Images _ -> "images";
        };
    }

    /// The graphs of a PEF: the whole step, and for an image model what evaluates it, which batches would disturb.
    public List<Graph> graphs(ZooModel model, Config config) {
        Graph step = graph(model, config);
        return model instanceof ImageModel m
                ? List.of(
                        step,
                        ImageGraphs.evaluation(EVALUATION, m, config, 1, sides())
                                .graph())
                : List.of(step);
    }

    /// The whole step.
    public Graph graph(ZooModel model, Config config) {
        return activations(model, config).map(ActivationMemory.Plan::graph).orElseGet(() -> joint(model, config));
    }

    /// What is kept for the backward pass and what is computed again, if there is a budget.
    public Optional<ActivationMemory.Plan> activations(ZooModel model, Config config) {
        return budget.map(b -> ActivationMemory.fit(joint(model, config), b.bytes(), b.bytesPerElement()));
    }

    private Graph joint(ZooModel model, Config config) {
        TrainingOptions options = TrainingOptions.of(method);
        if (decay == Decay.ALL) {
            options = options.withDecays(_ -> true);
        }
        if (roundsAtRandom) {
            options = options.roundingAtRandom();
        }
        if (tuning.isPresent()) {
            options = options.withTrained(i -> tuning.get().trains(i.name()));
        }
        return TrainingGraph.of(trace(model, config).graph(), accumulates ? options.accumulating() : options);
    }

    /// What a PEF keeps of it beside its shapes.
    public Map<String, String> arguments() {
        Map<String, String> arguments = new TreeMap<>();
        arguments.put("inference", "false");
        arguments.put("optimizer", method.name().toLowerCase(Locale.ROOT));
        arguments.put("decay", decay.name().toLowerCase(Locale.ROOT));
        arguments.put("packed", Boolean.toString(sample instanceof Texts t && t.packed));
        arguments.put("accumulates", Boolean.toString(accumulates));
        arguments.put("enable-stochastic-rounding", Boolean.toString(roundsAtRandom));
        tuning.ifPresent(t -> {
            arguments.put("lora-rank", Integer.toString(t.adapters.rank()));
            arguments.put("lora-scale", Double.toString(t.adapters.scale()));
            arguments.put("lora-target", String.join(",", t.adapters.targets()));
            arguments.put("lora-whole", String.join(",", t.whole));
        });
        budget.ifPresent(b -> arguments.put("activation-memory", Long.toString(b.bytes())));
        return arguments;
    }
}
