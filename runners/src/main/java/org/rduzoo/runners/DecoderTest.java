package org.rduzoo.runners;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
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
import org.rduzoo.ir.DType;
import org.rduzoo.ir.Dense;
import org.rduzoo.ir.Graph;
import org.rduzoo.ir.Reference;
import org.rduzoo.ir.Type;
import org.rduzoo.runners.generate.DecoderShape;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderModel;
import org.rduzoo.samba.Weights;

/// A decoder's graphs in the reference interpreter and in the simulator: prompts of unequal lengths, then tokens one by
/// one behind what the cache holds.
final class DecoderTest {

    private static final int TEXTS = 2;
    private static final int CHUNK = 8;
    private static final int SLOTS = 32;
    private static final int STEPS = 3;

    private DecoderTest() {}

    static Result run(String command, DecoderModel model, Arguments arguments, Console console) {
        CompileOptions options = CompileOptions.of(arguments);
        Optional<Pef> given = arguments.path(Option.PEF).map(Pef::read);
        given.ifPresent(pef -> GivenPef.require(pef, command, model, options));
        ModelSource source = ModelSource.of(model, arguments, console);
        try (Checkpoint checkpoint = source.open(options.precision().dtype())) {
            Config config = source.config(checkpoint, given.map(GivenPef::set).orElse(ModelSource.set(arguments)));
            given.ifPresent(pef -> GivenPef.requireConfig(pef, config));
            DecoderRun.checked(model, config, checkpoint.weights());
            DecoderShape shape = given.map(Decoders::shape)
                    .orElseGet(() -> new DecoderShape(
                            arguments.positive(Option.BATCH_SIZE).orElse(TEXTS),
                            Math.min(SLOTS, Decoders.limit(model, config, arguments)),
                            List.of(CHUNK)));
            Pef pef = given.orElseGet(
                    () -> Decoders.cached(model, config, shape, options).pef());
            try (HostModel host = HostModel.load(pef, checkpoint.weights(), Feed.host(arguments))) {
                long start = System.nanoTime();
                Both both = new Both(host, shape, checkpoint.weights(), config.integer("vocab_size"), arguments.seed());
                List<Comparison> comparisons = both.compare();
                console.step("simulator and reference: " + host.description(), start);
                return TestCommand.result(comparisons);
            }
        }
    }

    /// The same steps, here and there.
    private static final class Both {

        private final HostModel host;
        private final DecoderShape shape;
        private final Weights weights;
        private final int vocabulary;
        private final SplittableRandom random;
        private final long[] lengths;
        private final Map<String, Dense> parameters = new HashMap<>();
        private final Map<String, Dense> state = new HashMap<>();

        Both(HostModel host, DecoderShape shape, Weights weights, int vocabulary, long seed) {
            this.host = host;
            this.shape = shape;
            this.weights = weights;
            this.vocabulary = vocabulary;
            this.random = new SplittableRandom(seed);
            this.lengths = new long[shape.batch()];
        }

        List<Comparison> compare() {
            List<Comparison> comparisons = new ArrayList<>();
            int chunk = shape.chunks().getFirst();
            long[] counts = new long[shape.batch()];
            for (int b = 0; b < counts.length; b++) {
                counts[b] = Math.max(1, Math.min(chunk, shape.slots() - STEPS) - b);
            }
            comparisons.add(step(DecoderShape.prefill(chunk), chunk, counts));
            Arrays.fill(counts, 1);
            for (int i = 0; i < STEPS && lengths[0] < shape.slots(); i++) {
                comparisons.add(step(DecoderShape.DECODE, 1, counts));
            }
            return comparisons;
        }

        /// Runs a graph on the next `counts[b]` of `tokens` tokens of each text.
        private Comparison step(String name, int tokens, long[] counts) {
            HostGraph simulator = host.graph(name);
            Graph graph = simulator.graph();
            int batch = shape.batch();
            Map<String, Dense> given = new LinkedHashMap<>();
            given.put("input_ids", Dense.zeros(Type.of(DType.I64, batch, tokens)));
            given.put("start", Dense.zeros(Type.of(DType.I64, batch)));
            given.put("valid", Dense.zeros(Type.of(DType.I64, batch)));
            for (int b = 0; b < batch; b++) {
                for (int t = 0; t < counts[b]; t++) {
                    data(given, "input_ids")[b * tokens + t] = random.nextInt(vocabulary);
                }
                data(given, "start")[b] = lengths[b];
                lengths[b] += counts[b];
                data(given, "valid")[b] = lengths[b];
            }
            given.forEach((input, dense) -> Feed.copy(dense, simulator.input(input)));
            simulator.run();
            graph.inputs(Graph.Kind.PARAMETER)
                    .forEach(i -> given.put(
                            i.name(), parameters.computeIfAbsent(i.name(), _ -> TestCommand.parameter(i, weights))));
            graph.inputs(Graph.Kind.STATE)
                    .forEach(i -> given.put(
                            i.name(),
                            state.getOrDefault(i.name(), Dense.zeros(i.value().type()))));
            Map<String, Dense> expected = Reference.run(graph, given);
            graph.outputs()
                    .forEach(o ->
                            o.alias().ifPresent(s -> state.put(s, Objects.requireNonNull(expected.get(o.name())))));
            MemorySegment logits = simulator.output("logits");
            Comparison comparison = new Comparison(
                    "logits after %s, %d tokens".formatted(name, lengths[0]), TestCommand.tolerance(graph));
            comparison.add(
                    Objects.requireNonNull(expected.get("logits")).data(),
                    Feed.floats(logits, 0, batch * vocabulary(graph)));
            return comparison;
        }

        private static int vocabulary(Graph graph) {
            return graph.output("logits").orElseThrow().value().type().dim(1);
        }

        private static double[] data(Map<String, Dense> given, String name) {
            return Objects.requireNonNull(given.get(name)).data();
        }
    }
}
