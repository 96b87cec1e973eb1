package org.rduzoo.runners;

import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.checkpoint.safetensors.SafetensorsWriter;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Type;
import org.rduzoo.runners.train.TrainingSession;
import org.rduzoo.runners.train.TrainingSpec;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderModel;
import org.rduzoo.samba.Encoder;
import org.rduzoo.samba.EncoderModel;
import org.rduzoo.samba.ImageGraphs;
import org.rduzoo.samba.ImageModel;
import org.rduzoo.samba.Losses;
import org.rduzoo.samba.SambaTensor;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights.Weight;
import org.rduzoo.samba.ZooModel;

/// One training step on the tensors of a file: loss, gradients and their norm into another file, and the checkpoint
/// after the step into a folder, if one is named. There is no dropout.
record TensorTraining(Path file, TrainingSession.Outcome outcome, int gradients) implements Result {

    static Result run(ZooModel model, Arguments arguments, Console console) {
        Path in = arguments.required(Option.INPUTS);
        Path out = arguments.required(Option.OUTPUTS);
        boolean force = arguments.on(Option.FORCE);
        if (Files.exists(out) && !force) {
            throw new UserError("%s exists. Choose another name, or replace it with --force.".formatted(out));
        }
        CompileOptions options = CompileOptions.of(arguments);
        try (SafetensorsFile file = SafetensorsFile.open(in);
                TrainingSource source = TrainingSource.of(model, arguments, console, options)) {
            Fed fed = switch (model) {
                case ImageModel m -> images(m, source.config(), file);
                case DecoderModel _, EncoderModel _ -> texts(model, source.config(), file);
            };
            int step = arguments.positive(Option.MICROBATCH_SIZE).orElse(fed.batch);
            Batching batching = new Batching(fed.batch, step);
            TrainingSpec shape = new TrainingSpec(
                    step,
                    fed.sample,
                    TrainingArguments.method(arguments),
                    TrainingArguments.decay(arguments),
                    true,
                    TrainingArguments.budget(arguments, options),
                    TrainingArguments.roundsAtRandom(arguments, options),
                    Optional.empty());
            try (TrainingStart begin = TrainingStart.of(model, source.config(), shape, source, arguments, console)) {
                Pef pef = TrainRun.pef(model, source.config(), begin.spec(), batching, arguments, options, console);
                try (TrainingSession session = TrainingSession.load(pef, begin.weights(), Feed.host(arguments))) {
                    TrainingSession.Outcome outcome = session.step(
                            List.of(fed.tensors),
                            new TrainingSession.Settings(
                                    1,
                                    TrainingArguments.learningRate(model, arguments),
                                    TrainingArguments.optimization(arguments),
                                    Map.of(),
                                    arguments.seed()));
                    List<Weight> written = new ArrayList<>(session.gradients());
                    int gradients = written.size();
                    written.add(scalar("loss", outcome.loss()));
                    written.add(scalar("grad_norm", outcome.gradNorm()));
                    SafetensorsWriter.write(out, written, Map.of(), force);
                    arguments
                            .path(Option.OUTPUT)
                            .ifPresent(folder -> begin.model().write(folder, session, force));
                    return new TensorTraining(out, outcome, gradients);
                }
            }
        }
    }

    private static Weight scalar(String name, double value) {
        MemorySegment data = MemorySegment.ofArray(new float[] {(float) value});
        return new Weight(name, Type.of(DType.F32), "", () -> data);
    }

    /// What a step is fed.
    ///
    /// @param batch samples of it
    private record Fed(TrainingSpec.Sample sample, int batch, Map<String, SambaTensor> tensors) {}

    private static Fed texts(ZooModel model, Config config, SafetensorsFile file) {
        TensorModel shapes = TensorModel.shapes(model, config);
        TensorInputs tensors = TensorInputs.of(file, shapes, config);
        Encoder.Target target = tensors.target()
                .orElseThrow(() -> new UserError("%s holds nothing to measure a loss on. A training step needs %s."
                        .formatted(
                                file.source(),
                                shapes.targets()
                                        .of(tensors.batch(), tensors.tokens())
                                        .map(Encoder.Target::name)
                                        .orElse("a model with a head"))));
        return new Fed(new TrainingSpec.Texts(tensors.tokens(), false), tensors.batch(), batch(tensors, target));
    }

    /// `image` and `target`, whose shape the image's and the loss say.
    private static Fed images(ImageModel model, Config config, SafetensorsFile file) {
        List<Integer> sides = ImageTensors.sides(model.form(config), file);
        int batch = ImageTensors.image(file).type().dim(0);
        Map<String, SambaTensor> tensors = new LinkedHashMap<>();
        ImageGraphs.training(TrainingSpec.NAME, model, config, batch, sides)
                .graph()
                .inputs(Graph.Kind.INPUT)
                .forEach(i -> tensors.put(
                        i.name(), ImageTensors.tensor(file, i.name(), i.value().type())));
        return new Fed(new TrainingSpec.Images(sides), batch, tensors);
    }

    /// The tensors as the training graph takes them: labels of the token after, and what each loss counts.
    private static Map<String, SambaTensor> batch(TensorInputs tensors, Encoder.Target target) {
        Map<String, SambaTensor> batch = new LinkedHashMap<>();
        Dense wanted = Objects.requireNonNull(tensors.tensors().get(target.name()));
        Dense shifted = tensors.unlabelled() == 0 ? wanted : shifted(wanted, tensors.unlabelled());
        tensors.tensors().forEach((name, tensor) -> {
            Dense dense = name.equals(target.name()) ? shifted : tensor;
            SambaTensor to = SambaTensor.zeros(name, dense.type());
            Feed.copy(dense, to.segment());
            batch.put(name, to);
        });
        boolean classes = target.dtype() == DType.I64;
        boolean[] counts = new boolean[shifted.data().length];
        int counted = 0;
        for (int i = 0; i < counts.length; i++) {
            counts[i] = !classes || shifted.data()[i] != Losses.IGNORED;
            counted += counts[i] ? 1 : 0;
        }
        SambaTensor scale =
                SambaTensor.zeros(TrainingSession.SCALE, shifted.type().withDType(DType.F32));
        float each = target.reduction() == Encoder.Reduction.SUM ? 1 : 1f / Math.max(1, counted);
        for (int i = 0; i < counts.length; i++) {
            scale.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, counts[i] ? each : 0);
        }
        batch.put(TrainingSession.SCALE, scale);
        return batch;
    }

    private static Dense shifted(Dense labels, int by) {
        int row = labels.type().dim(1);
        double[] next = new double[labels.data().length];
        Arrays.fill(next, Losses.IGNORED);
        for (int i = 0; i < next.length; i++) {
            if (i % row + by < row) {
                next[i] = labels.data()[i + by];
            }
        }
        return new Dense(labels.type(), next);
    }

    @Override
    public void print(PrintStream out) {
        out.println(file);
        Map<String, Object> rows = new LinkedHashMap<>();
        rows.put("  loss", outcome.loss());
        rows.put("  grad_norm", outcome.gradNorm());
        rows.put("  grads.*", gradients + " tensors");
        Table.facts(rows, out);
    }

    @Override
    public Map<String, Object> json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("file", file.toString());
        json.put("loss", outcome.loss());
        json.put("grad_norm", outcome.gradNorm());
        json.put("gradients", gradients);
        return json;
    }
}
