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
import org.rduzoo.samba.ImageModel;
import org.rduzoo.samba.LowRank;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.ZooModel;

/// The graph of a training step: for how many texts of how many tokens at a time, and with which optimizer.
///
/// @param rows of a micro-batch
/// @param packed whether a row of a decoder's holds several texts
/// @param accumulates whether a step has several micro-batches, or its gradients are asked for
/// @param budget of the activations that are kept for the backward pass; without, all that it needs are
/// @param tuning what learns, where it is not the whole model
public record TrainingSpec(
        int rows,
        int tokens,
        boolean packed,
        TrainingOptions.Method method,
        Decay decay,
        boolean accumulates,
        Optional<Budget> budget,
        Optional<Tuning> tuning) {

    /// The graph's name.
    public static final String NAME = "train";

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
        return new TrainingSpec(rows, tokens, packed, method, decay, accumulates, budget, changed);
    }

    /// The forward pass, as the model is traced.
    public Trace trace(ZooModel model, Config config) {
        Trace trace = Trace.training(NAME, tuning.map(Tuning::adapters));
        return switch (model) {
            case DecoderModel m -> DecoderGraphs.training(trace, m, config, rows, tokens, packed);
            case EncoderModel m -> EncoderGraphs.training(trace, m, config, rows, tokens);
            case ImageModel m ->
                throw new UserError("%s cannot be trained here yet. Add --inference.".formatted(m.name()));
        };
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
        arguments.put("packed", Boolean.toString(packed));
        arguments.put("accumulates", Boolean.toString(accumulates));
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
