package org.rduzoo.runners;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import org.rduzoo.backend.host.HostGraph;
import org.rduzoo.backend.host.HostModel;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.checkpoint.Checkpoint;
import org.rduzoo.checkpoint.safetensors.SafetensorsFile;
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Reference;
import org.rduzoo.ir.Type;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderModel;
import org.rduzoo.samba.ImageModel;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.Weights.Weight;
import org.rduzoo.samba.ZooModel;

/// `rdu test MODEL`: the same inputs through the reference interpreter and the simulator.
record TestCommand() implements Command {

    private static final double FP32_TOLERANCE = 1e-4;
    private static final double BF16_TOLERANCE = 0x1p-6;
    private static final int TEXTS = 2;
    private static final int TOKENS = 16;

    /// The exit status when outputs differ.
    private static final int MISMATCH = 3;

    @Override
    public String name() {
        return "test";
    }

    @Override
    public String summary() {
        return "the same inputs through the reference and the simulator; fails where they differ";
    }

    @Override
    public List<String> operands() {
        return List.of("MODEL");
    }

    @Override
    public List<Option> options() {
        List<Option> options = new ArrayList<>(Option.compiling());
        options.add(Option.INPUTS);
        options.add(Option.SEED);
        options.addAll(Option.hosting());
        options.addAll(Option.images());
        return options;
    }

    @Override
    public Result run(Arguments arguments, Console console) {
        ZooModel model = Models.of(this, arguments);
        if (model instanceof ImageModel image) {
            return ImageCommands.test(image, arguments, console);
        }
        if (model instanceof DecoderModel decoder && !arguments.has(Option.INPUTS)) {
            return DecoderTest.run(name(), decoder, arguments, console);
        }
        CompileOptions options = CompileOptions.of(arguments);
        Optional<Pef> given = arguments.path(Option.PEF).map(Pef::read);
        given.ifPresent(pef -> GivenPef.require(pef, name(), model, options));
        ModelSource source = ModelSource.of(model, arguments, console);
        try (Checkpoint checkpoint = source.open(options.precision().dtype())) {
            Config config = source.config(checkpoint, given.map(GivenPef::set).orElse(ModelSource.set(arguments)));
            given.ifPresent(pef -> GivenPef.requireConfig(pef, config));
            TensorModel checked = TensorModel.checked(model, config, checkpoint.weights());
            TensorInputs inputs = inputs(checked, config, arguments, given);
            GraphSpec spec = inputs.spec(arguments, given);
            Pef pef = given.orElseGet(() -> new PefCache(CacheFolder.ofEnvironment())
                    .get(model, config, spec, options)
                    .pef());
            List<String> names = given.map(p -> GivenPef.alike(p, spec)).orElse(List.of(spec.name()));
            List<Comparison> comparisons = new ArrayList<>();
            try (HostModel host = HostModel.load(pef, checkpoint.weights(), Feed.host(arguments))) {
                for (String name : names) {
                    long start = System.nanoTime();
                    comparisons.addAll(
                            compare(host.graph(name), inputs, spec.batching().step(), checkpoint.weights()));
                    console.step("%s, simulator and reference: %s".formatted(name, host.description()), start);
                }
            }
            return result(comparisons);
        }
    }

    static Result result(List<Comparison> comparisons) {
        boolean all = comparisons.stream().allMatch(Comparison::ok);
        return new TableResult(TableResult.row("ok", all), new LinkedHashMap<>(), all ? 0 : MISMATCH)
                .with("outputs", comparisons.stream().map(Comparison::row).toList());
    }

    /// How far the simulator may be from the reference, as a part of an output's greatest number.
    static double tolerance(Graph compiled) {
        boolean bf16 =
                compiled.inputs(Graph.Kind.PARAMETER).anyMatch(i -> i.value().dtype() == DType.BF16);
        return bf16 ? BF16_TOLERANCE : FP32_TOLERANCE;
    }

    private static List<Comparison> compare(HostGraph graph, TensorInputs inputs, int step, Weights weights) {
        Graph compiled = graph.graph();
        boolean bf16 =
                compiled.inputs(Graph.Kind.PARAMETER).anyMatch(i -> i.value().dtype() == DType.BF16);
        List<Comparison> comparisons = compiled.outputs().stream()
                .map(o -> new Comparison(o.name(), bf16 ? BF16_TOLERANCE : FP32_TOLERANCE))
                .toList();
        Map<String, Dense> parameters = parameters(compiled, weights);
        for (int first = 0; first < inputs.batch(); first += step) {
            TensorInputs part = inputs.texts(first, step);
            part.fill(graph);
            graph.run();
            Map<String, Dense> given = new LinkedHashMap<>(part.tensors());
            given.putAll(parameters);
            Map<String, Dense> expected = Reference.run(compiled, given);
            boolean counts = inputs.share(part) != 0;
            for (Comparison comparison : comparisons) {
                Dense reference = Objects.requireNonNull(expected.get(comparison.name()));
                // The mean over no labels at all is no number, here and there.
                if (counts || reference.shape().rank() > 0) {
                    comparison.add(
                            reference.data(), Feed.floats(graph.output(comparison.name()), 0, reference.data().length));
                }
            }
        }
        return comparisons;
    }

    /// From a file, else of random tokens: in the shape of the shortest graph of the PEF that is given, else a small
    /// one.
    private static TensorInputs inputs(TensorModel model, Config config, Arguments arguments, Optional<Pef> pef) {
        if (arguments.has(Option.INPUTS)) {
            try (SafetensorsFile file =
                    SafetensorsFile.open(arguments.path(Option.INPUTS).orElseThrow())) {
                return TensorInputs.of(file, model, config);
            }
        }
        int batch = pef.map(GivenPef::batching)
                .orElseGet(() -> Encoders.batching(arguments, TEXTS))
                .size();
        int tokens = arguments
                .positive(Option.MAX_SEQ_LENGTH)
                .or(() -> pef.map(GivenPef::shortest))
                .orElse(Math.min(TOKENS, Encoders.encoder(model.model()).maxSequenceLength(config)));
        return random(batch, tokens, config, arguments.seed());
    }

    /// Texts of random tokens, each but the first shorter than the one before it.
    private static TensorInputs random(int batch, int tokens, Config config, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Type type = Type.of(DType.I64, batch, tokens);
        Dense ids = Dense.zeros(type);
        Dense mask = Dense.zeros(type);
        for (int row = 0; row < batch; row++) {
            int length = Math.max(1, tokens - row);
            for (int t = 0; t < length; t++) {
                ids.data()[row * tokens + t] = random.nextInt(config.integer("vocab_size"));
                mask.data()[row * tokens + t] = 1;
            }
        }
        Map<String, Dense> tensors = new LinkedHashMap<>();
        tensors.put("input_ids", ids);
        tensors.put("attention_mask", mask);
        tensors.put("token_type_ids", Dense.zeros(type));
        return new TensorInputs(tensors, batch, tokens, Optional.empty(), 0);
    }

    private static Map<String, Dense> parameters(Graph graph, Weights weights) {
        Map<String, Dense> all = new LinkedHashMap<>();
        graph.inputs(Graph.Kind.PARAMETER).forEach(input -> all.put(input.name(), parameter(input, weights)));
        return all;
    }

    /// A weight as the graph computes with it.
    static Dense parameter(Graph.Input input, Weights weights) {
        Weight weight = weights.find(input.name())
                .orElseThrow(() -> new UserError(input.name() + " is missing from " + weights.source() + "."));
        MemorySegment data = weight.segment();
        return Feed.dense(input.value().type(), weight.type().dtype(), data);
    }
}
