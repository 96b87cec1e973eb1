package org.rduzoo.samba.session;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.SectionType;
import org.rduzoo.ir.Type;
import org.rduzoo.ir.grad.TrainingGraph;
import org.rduzoo.samba.Nearest;
import org.rduzoo.samba.RandomWeights;
import org.rduzoo.samba.Samba;
import org.rduzoo.samba.SambaTensor;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.app.AppArgs;
import org.rduzoo.samba.optim.Optimizer;

/// A model of one's own on the machine: compiled, loaded, and run batch by batch.
///
/// One [#run] does forward, backward, the gradients' norm and the optimizer; there is nothing to zero and nothing to
/// step. Parts can be run apart, by type or by number, and work on what the parts before left when they were last run.
/// Weights and gradients are read and written in the machine's memory: [SambaTensor#toCpu] takes a copy that no later
/// run changes.
public final class Session implements AutoCloseable {

    private static final int WARM_UP = 2;

    private final Traced traced;
    private final Executable executable;
    private final Weights weights;
    private final MicroBatches batches;
    private final Map<String, SambaTensor> outputs = new LinkedHashMap<>();
    private final Map<String, SambaTensor> tensors = new LinkedHashMap<>();
    private final long seed;
    private int steps;
    private double loss;

    private Session(Traced traced, Executable executable, Weights weights, long seed) {
        this.traced = traced;
        this.executable = executable;
        this.weights = weights;
        this.seed = seed;
        batches = new MicroBatches(executable);
        for (String name : traced.outputNames()) {
            Type type = executable.graph().output(name).orElseThrow().value().type();
            outputs.put(
                    name,
                    traced.microBatches() == 1
                            ? SambaTensor.of(name, type, executable.output(name))
                            : SambaTensor.zeros(name, type.withDim(0, type.dim(0) * traced.microBatches())));
        }
        for (String name : traced.replaced()) {
            Type type = executable.graph().input(name).orElseThrow().value().type();
            SambaTensor weight = SambaTensor.of(name, type, executable.state(name));
            String gradient = TrainingGraph.gradientName(name);
            executable
                    .graph()
                    .output(gradient)
                    .ifPresent(g -> weight.snGrad(SambaTensor.of(
                            gradient,
                            type,
                            g.alias().isPresent() ? executable.state(gradient) : executable.output(gradient))));
            tensors.put(name, weight);
        }
    }

    /// Compiles a model for these inputs to the PEF that the arguments name; with `--inference` the forward pass alone.
    /// It needs no weights.
    ///
    /// @param inputs names, shapes and types alone count
    public static Backend.Compiled compile(
            Model model, List<SambaTensor> inputs, Optimizer optimizer, AppArgs arguments) {
        Traced traced = Traced.of(model, inputs, optimizer, arguments, Optional.empty());
        Map<String, String> shapes = new TreeMap<>(arguments.compiling());
        shapes.put("batch-size", Integer.toString(arguments.batchSize()));
        shapes.put("microbatch-size", Integer.toString(arguments.microbatchSize()));
        shapes.put("inference", Boolean.toString(arguments.inference()));
        return Backend.find()
                .compile(
                        new Backend.Request(arguments.app(), traced.graph(), shapes),
                        arguments.pef(),
                        arguments.force());
    }

    /// Loads the PEF that the arguments name, with the weights of the checkpoint that they name, or random ones. The
    /// model is traced again, to make sure that it is what was compiled.
    ///
    /// @throws UserError when there is no PEF, or it was compiled from something else, or the weights do not fit
    public static Session trace(Model model, List<SambaTensor> inputs, Optimizer optimizer, AppArgs arguments) {
        return trace(
                model,
                inputs,
                optimizer,
                arguments,
                arguments.initCkptPath().map(new Samba(arguments.seed())::fromCheckpoint));
    }

    /// As [#trace(Model, List, Optimizer, AppArgs)], with these weights, if there are any; the session closes them.
    public static Session trace(
            Model model, List<SambaTensor> inputs, Optimizer optimizer, AppArgs arguments, Optional<Weights> given) {
        Traced traced = Traced.of(model, inputs, optimizer, arguments, given);
        Weights weights = given.orElseGet(() -> RandomWeights.of(traced.trace(), arguments.seed()));
        try {
            Executable executable =
                    Backend.find().load(arguments.app(), arguments.pef(), traced.graph(), weights, arguments.hosting());
            return new Session(traced, executable, weights, arguments.seed());
        } catch (RuntimeException | Error e) {
            weights.close();
            throw e;
        }
    }

    /// The outputs of the model, by name. Set [SambaTensor#snGrad] of the loss to say what each of its elements counts:
    /// 0 on padding, and 1 in all for a mean. Without, each counts 1.
    public SambaTensor output(String name) {
        return named(outputs, name, "output");
    }

    /// All outputs of the model, in order.
    public List<SambaTensor> outputs() {
        return List.copyOf(outputs.values());
    }

    /// A weight, in the machine's memory; with its gradient from the last backward pass, if it is trained.
    public SambaTensor tensor(String name) {
        SambaTensor trained = tensors.get(name);
        return trained != null
                ? trained
                : weights.find(name)
                        .map(w -> SambaTensor.of(name, w.type(), w.segment()))
                        .orElseThrow(() -> unknown("weight", name, weights.names()));
    }

    /// A copy of all weights, that no later run changes.
    public Weights toCpu() {
        return Weights.of(
                "a session",
                weights.names().stream().map(n -> tensor(n).toCpu()).toList());
    }

    /// Runs the parts of these types, of all types if none is named, on a batch.
    ///
    /// @param outputs of [#outputs], or all of them: what to compute
    /// @return these outputs, until the next run
    public List<SambaTensor> run(Collection<SambaTensor> inputs, List<SambaTensor> outputs, SectionType... types) {
        return run(inputs, outputs, Map.of(), types);
    }

    /// As [#run(Collection, List, SectionType...)], with other hyperparameters for this run: `lr`, `weight_decay`,
    /// `momentum`
    /// …, or the probability of a dropout.
    public List<SambaTensor> run(
            Collection<SambaTensor> inputs,
            List<SambaTensor> outputs,
            Map<String, Double> hyperparameters,
            SectionType... types) {
        Set<SectionType> wanted =
                types.length == 0 ? EnumSet.allOf(SectionType.class) : EnumSet.copyOf(Arrays.asList(types));
        wanted.retainAll(executable.sections());
        if (wanted.isEmpty()) {
            throw new UserError("this PEF has no section of type %s; it has %s. Was it compiled with --inference?"
                    .formatted(
                            Arrays.toString(types),
                            executable.sections().stream().distinct().toList()));
        }
        return run(inputs, outputs, hyperparameters, wanted, executable::run);
    }

    /// Runs sections by their numbers, in which order so ever they are named. [#sections] lists them.
    public List<SambaTensor> runSections(Collection<SambaTensor> inputs, List<SambaTensor> outputs, List<Integer> ids) {
        return runSections(inputs, outputs, Map.of(), ids);
    }

    /// As [#runSections(Collection, List, List)], with other hyperparameters for this run.
    public List<SambaTensor> runSections(
            Collection<SambaTensor> inputs,
            List<SambaTensor> outputs,
            Map<String, Double> hyperparameters,
            List<Integer> ids) {
        List<SectionType> all = executable.sections();
        for (int id : ids) {
            if (id < 0 || id >= all.size()) {
                throw new UserError(
                        "there is no section %d; this PEF has sections 0 to %d.".formatted(id, all.size() - 1));
            }
        }
        Set<SectionType> types = ids.stream().map(all::get).collect(Collectors.toSet());
        return run(
                inputs,
                outputs,
                hyperparameters,
                types,
                part -> executable.runSections(ids.stream()
                        .filter(id -> part.contains(all.get(id)))
                        .sorted()
                        .toList()));
    }

    /// The type of each section of the PEF, by number.
    public List<SectionType> sections() {
        return executable.sections();
    }

    private interface Part {
        void run(Set<SectionType> types);
    }

    private List<SambaTensor> run(
            Collection<SambaTensor> inputs,
            List<SambaTensor> wanted,
            Map<String, Double> hyperparameters,
            Set<SectionType> types,
            Part part) {
        Map<String, SambaTensor> batch = traced.checked(inputs);
        wanted.forEach(o -> {
            if (outputs.get(o.name()) != o) {
                throw new UserError("%s is no output of this session: take them from outputs().".formatted(o.name()));
            }
        });
        traced.hyperparameters(hyperparameters).forEach(batches::scalar);
        batches.integer(TrainingGraph.STEP, steps + 1);
        SambaTensor losses = outputs.get(Model.LOSS);
        if (losses != null && losses.shape().rank() > 0) {
            batch.put(MicroBatches.SCALE, losses.snGrad().orElseGet(() -> losses.map(_ -> 1)));
        }
        Set<SectionType> passes = common(types, SectionType.FWD, SectionType.BCKWD);
        if (!passes.isEmpty()) {
            if (traced.microBatches() > 1) {
                // What a backward pass reads is that of its own micro-batch.
                passes.add(SectionType.FWD);
            }
            loss = batches.pass(batch, 1, 0, MicroBatches.seed(seed, steps + 1), () -> part.run(passes), this::gather);
        }
        part.run(common(types, SectionType.REDUCE, SectionType.GRADNORM));
        if (types.contains(SectionType.OPT) && Double.isFinite(loss) && Double.isFinite(gradNorm())) {
            part.run(EnumSet.of(SectionType.OPT));
            steps++;
        }
        return wanted;
    }

    private static Set<SectionType> common(Set<SectionType> types, SectionType... of) {
        Set<SectionType> common = EnumSet.copyOf(Arrays.asList(of));
        common.retainAll(types);
        return common;
    }

    /// Puts what a micro-batch gave into the outputs of its batch.
    private void gather(int first) {
        if (traced.microBatches() > 1) {
            outputs.forEach((name, whole) -> {
                MemorySegment part = executable.output(name);
                long row = part.byteSize() / batches.rows();
                MemorySegment.copy(part, 0, whole.segment(), first * row, part.byteSize());
            });
        }
    }

    /// The loss of the last forward pass: the sum of its elements, each times what it counts.
    public double loss() {
        return loss;
    }

    /// The norm of all gradients together, before it is bounded, as the last `gradnorm` left it. Where it or the loss
    /// is no number, the optimizer leaves weights and its own state as they were.
    public double gradNorm() {
        return executable.output(TrainingGraph.GRAD_NORM).get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0);
    }

    /// How many steps the optimizer has done.
    public int steps() {
        return steps;
    }

    /// What it runs on, for the log.
    public String description() {
        return executable.description();
    }

    /// How long whole runs on a batch take: the median of some, after a few that do not count.
    public Performance measurePerformance(Collection<SambaTensor> inputs, int iterations) {
        for (int i = 0; i < WARM_UP; i++) {
            run(inputs, outputs());
        }
        double[] seconds = new double[iterations];
        for (int i = 0; i < iterations; i++) {
            long start = System.nanoTime();
            run(inputs, outputs());
            seconds[i] = (System.nanoTime() - start) / 1e9;
        }
        Arrays.sort(seconds);
        double median = seconds[iterations / 2];
        double samples = (double) batches.rows() * traced.microBatches();
        return new Performance(
                iterations, median, samples / median, executable.predictedSeconds(traced.microBatches()));
    }

    /// One whole run on the first micro-batch of a batch, here and by the reference interpreter.
    ///
    /// @return how far apart they are, an output each
    /// @throws Mismatch when they are too far apart
    public List<Difference> test(Collection<SambaTensor> inputs) {
        Map<String, SambaTensor> batch = new LinkedHashMap<>();
        traced.checked(inputs).forEach((name, t) -> batch.put(name, firstRows(t)));
        SambaTensor losses = outputs.get(Model.LOSS);
        if (losses != null && losses.shape().rank() > 0) {
            batch.put(MicroBatches.SCALE, firstRows(losses).map(_ -> 1.0 / batches.rows()));
        }
        traced.hyperparameters(Map.of()).forEach(batches::scalar);
        batches.integer(TrainingGraph.STEP, steps + 1);
        Map<String, Dense> given = new LinkedHashMap<>();
        batches.pass(
                batch,
                1,
                0,
                MicroBatches.seed(seed, steps + 1),
                () -> {
                    executable.graph().inputs().forEach(i -> given.put(i.name(), Difference.dense(value(i))));
                    executable.run(EnumSet.allOf(SectionType.class));
                },
                _ -> {});
        return Difference.all(executable.graph(), given, name -> {
            Graph.Output output = executable.graph().output(name).orElseThrow();
            return SambaTensor.of(name, output.value().type(), executable.output(name));
        });
    }

    private SambaTensor firstRows(SambaTensor tensor) {
        Type type = tensor.type().withDim(0, batches.rows());
        return SambaTensor.of(tensor.name(), type, tensor.segment().asSlice(0, type.bytes()));
    }

    /// What an input of the graph holds, as the graph computes with it.
    private SambaTensor value(Graph.Input input) {
        Type type = input.value().type();
        SambaTensor weight = tensors.get(input.name());
        return switch (input.kind()) {
            case INPUT -> SambaTensor.of(input.name(), type, executable.input(input.name()));
            case STATE -> SambaTensor.of(input.name(), type, executable.state(input.name()));
            case PARAMETER -> (weight == null ? tensor(input.name()) : weight).cast(type.dtype());
        };
    }

    /// Does what a program's command asks for: `test` and `measure-performance` on `inputs`; or else `run`, after which
    /// the weights go where `--ckpt-path` says.
    public void command(AppArgs arguments, Collection<SambaTensor> inputs, Runnable run) {
        switch (arguments.command()) {
            case COMPILE -> throw new IllegalArgumentException("there is no session before something is compiled");
            case TEST -> test(inputs).forEach(System.out::println);
            case MEASURE_PERFORMANCE -> System.out.println(measurePerformance(inputs, arguments.numIterations()));
            case RUN -> {
                Optional<Path> file = arguments.newCkptPath();
                run.run();
                file.ifPresent(f -> new Samba(seed).toCheckpoint(f, toCpu(), arguments.force()));
            }
        }
    }

    @Override
    public void close() {
        executable.close();
        weights.close();
    }

    private static <T> T named(Map<String, T> all, String name, String what) {
        T found = all.get(name);
        if (found == null) {
            throw unknown(what, name, all.keySet());
        }
        return found;
    }

    private static UserError unknown(String what, String name, Collection<String> known) {
        return new UserError("the session has no %s %s.%s There are %s."
                .formatted(what, name, Nearest.hint(name, known), String.join(", ", known)));
    }
}
