package org.rduzoo.runners;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
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
import org.rduzoo.samba.Encoder;
import org.rduzoo.samba.EncoderModel;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.Weights;
import org.rduzoo.samba.Weights.Weight;

/// `rdu test MODEL`: the same inputs through the reference interpreter and the simulator.
record TestCommand() implements Command {

    private static final double FP32_TOLERANCE = 1e-4;
    private static final double BF16_TOLERANCE = 0x1p-6;
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
        return options;
    }

    @Override
    public Result run(Arguments arguments, Console console) {
        EncoderModel model = Encoders.encoder(Models.of(this, arguments));
        CompileOptions options = CompileOptions.of(arguments);
        Optional<Pef> given = arguments.path(Option.PEF).map(Pef::read);
        given.ifPresent(pef -> GivenPef.require(pef, model, options));
        ModelSource source = ModelSource.of(model, arguments, console);
        try (Checkpoint checkpoint = source.open()) {
            Config config = source.config(checkpoint, given.map(GivenPef::set).orElse(ModelSource.set(arguments)));
            given.ifPresent(pef -> GivenPef.requireConfig(pef, config));
            Encoder encoder = Encoders.checked(model, config, checkpoint.weights());
            TensorInputs inputs = inputs(model, encoder, config, arguments);
            GraphSpec spec = inputs.spec(arguments);
            Pef pef = given.orElseGet(() -> new PefCache(CacheFolder.ofEnvironment())
                    .get(model, config, spec, options)
                    .pef());
            String name = given.map(p -> GivenPef.exactly(p, spec)).orElse(spec.name());
            try (HostModel host = HostModel.load(pef, checkpoint.weights(), Feed.host(arguments))) {
                HostGraph graph = host.graph(name);
                inputs.fill(graph);
                long start = System.nanoTime();
                graph.run();
                console.step("simulator: " + host.description(), start);
                start = System.nanoTime();
                Graph compiled = pef.entry(name).orElseThrow().graph();
                Map<String, Dense> expected = Reference.run(compiled, tensors(compiled, inputs, checkpoint.weights()));
                console.step("reference", start);
                boolean bf16 = compiled.inputs(Graph.Kind.PARAMETER)
                        .anyMatch(i -> i.value().dtype() == DType.BF16);
                return compare(graph, expected, bf16 ? BF16_TOLERANCE : FP32_TOLERANCE);
            }
        }
    }

    private static TensorInputs inputs(EncoderModel model, Encoder encoder, Config config, Arguments arguments) {
        if (arguments.has(Option.INPUTS)) {
            try (SafetensorsFile file =
                    SafetensorsFile.open(arguments.path(Option.INPUTS).orElseThrow())) {
                return TensorInputs.of(file, encoder, config);
            }
        }
        int batch = arguments.positive(Option.BATCH_SIZE).orElse(2);
        int tokens =
                arguments.positive(Option.MAX_SEQ_LENGTH).orElse(Math.min(TOKENS, model.maxSequenceLength(config)));
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
        return new TensorInputs(tensors, batch, tokens, false);
    }

    private static Map<String, Dense> tensors(Graph graph, TensorInputs inputs, Weights weights) {
        Map<String, Dense> all = new LinkedHashMap<>(inputs.tensors());
        graph.inputs(Graph.Kind.PARAMETER).forEach(input -> {
            Weight weight = weights.find(input.name())
                    .orElseThrow(() -> new UserError(input.name() + " is missing from " + weights.source() + "."));
            MemorySegment data = weight.segment();
            all.put(input.name(), Feed.dense(input.value().type(), weight.type().dtype(), data));
        });
        return all;
    }

    private static Result compare(HostGraph graph, Map<String, Dense> expected, double tolerance) {
        List<SequencedMap<String, Object>> rows = new ArrayList<>();
        boolean all = true;
        for (Graph.Output output : graph.graph().outputs()) {
            double[] reference =
                    Objects.requireNonNull(expected.get(output.name())).data();
            float[] found = Feed.floats(graph.output(output.name()), 0, reference.length);
            double largest = 0;
            double worst = 0;
            boolean numbers = true;
            for (int i = 0; i < reference.length; i++) {
                largest = Math.max(largest, Math.abs(reference[i]));
                worst = Math.max(worst, Math.abs(found[i] - reference[i]));
                numbers &= Float.isFinite(found[i]);
            }
            double relative = largest == 0 ? worst : worst / largest;
            boolean ok = numbers && relative <= tolerance;
            all &= ok;
            rows.add(TableResult.row(
                    "name",
                    output.name(),
                    "max_abs",
                    numbers ? (Object) worst : "not a number",
                    "relative",
                    numbers ? (Object) relative : "not a number",
                    "tolerance",
                    tolerance,
                    "ok",
                    ok));
        }
        return new TableResult(TableResult.row("ok", all), new LinkedHashMap<>(), all ? 0 : MISMATCH)
                .with("outputs", rows);
    }
}
