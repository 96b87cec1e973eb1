package org.rduzoo.runners;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import org.rduzoo.backend.arch.Arch;
import org.rduzoo.backend.pef.Pef;
import org.rduzoo.backend.section.OpCost;
import org.rduzoo.checkpoint.SentenceModel;
import org.rduzoo.ir.Graph;
import org.rduzoo.runners.generate.DecoderShape;
import org.rduzoo.samba.Config;
import org.rduzoo.samba.DecoderModel;
import org.rduzoo.samba.Encoder;
import org.rduzoo.samba.EncoderModel;
import org.rduzoo.samba.ImageModel;
import org.rduzoo.samba.Trace;
import org.rduzoo.samba.UsageError;
import org.rduzoo.samba.UserError;
import org.rduzoo.samba.ZooModel;

/// `rdu describe MODEL`: what it takes and yields, and what that costs.
record DescribeCommand() implements Command {

    @Override
    public String name() {
        return "describe";
    }

    @Override
    public String summary() {
        return "options with legal values and defaults, shapes, FLOPs, bytes";
    }

    @Override
    public List<String> operands() {
        return List.of("MODEL");
    }

    @Override
    public List<Option> options() {
        List<Option> options = new ArrayList<>(List.of(
                Option.CHECKPOINT,
                Option.SET,
                Option.BATCH_SIZE,
                Option.MAX_SEQ_LENGTH,
                Option.STATIC_SEQ_LENGTHS,
                Option.POOLING,
                Option.NORMALIZE,
                Option.INFERENCE,
                Option.ARCH,
                Option.NUM_TILES,
                Option.N_CHIPS,
                Option.TENSOR_PARALLEL,
                Option.O0,
                Option.O1,
                Option.O3,
                Option.PRECISION));
        options.addAll(Option.images());
        return options;
    }

    @Override
    public Result run(Arguments arguments, Console console) {
        ZooModel found = Models.of(this, arguments);
        if (found instanceof DecoderModel decoder) {
            return describe(decoder, arguments, console);
        }
        if (found instanceof ImageModel image) {
            return describe(image, arguments, console);
        }
        EncoderModel model = Encoders.encoder(found);
        ModelSource source = ModelSource.of(model, arguments, console);
        Config config = source.config(ModelSource.set(arguments));
        Encoder encoder = Encoders.shapes(model, config);
        Optional<SentenceModel> sentence = source.sentence();
        int limit = Encoders.limit(model, config, arguments, sentence);
        GraphSpec spec = Encoders.spec(encoder.head(), arguments, sentence, Encoders.batching(arguments, 1), limit);
        Trace trace = spec.trace(model, config);
        Graph graph = trace.graph();
        long flops = graph.nodes().stream().mapToLong(OpCost::flops).sum();
        SequencedMap<String, Object> facts = facts(model, source.path().toString(), trace);
        facts.put("flops", flops);
        List<SequencedMap<String, Object>> options = options(model.maxSequenceLength(config), spec);
        options.add(learningRate(model));
        Pef pef = CompileOptions.of(arguments).compile(model.name(), config, List.of(graph), spec.arguments());
        facts.put("predicted", ChipCost.predicted(pef));
        return tables(facts, options, trace, graph).with("on_chip", onChip(pef, arguments, console));
    }

    private static Result describe(DecoderModel model, Arguments arguments, Console console) {
        ModelSource source = ModelSource.of(model, arguments, console);
        Config config = source.config(ModelSource.set(arguments));
        int batch = arguments.positive(Option.BATCH_SIZE).orElse(1);
        DecoderShape shape = Decoders.shape(arguments, batch, Decoders.limit(model, config, arguments));
        Trace trace = Decoders.step(DecoderShape.DECODE, model, config, shape, 1);
        Graph graph = trace.graph();
        long cache = graph.inputs(Graph.Kind.STATE)
                .mapToLong(i -> i.value().type().elements())
                .sum();
        SequencedMap<String, Object> facts = facts(model, source.path().toString(), trace);
        facts.put("cache_bytes_per_token_bf16", 2 * cache / batch / shape.slots());
        facts.put(
                "flops_per_token",
                graph.nodes().stream().mapToLong(OpCost::flops).sum() / batch);
        List<SequencedMap<String, Object>> options = new ArrayList<>();
        options.add(option(Option.BATCH_SIZE, "1 or more", Integer.toString(batch)));
        options.add(option(
                Option.MAX_SEQ_LENGTH, "1 to " + model.maxSequenceLength(config), Integer.toString(shape.slots())));
        options.add(option(
                Option.STATIC_SEQ_LENGTHS,
                "1 to " + shape.slots(),
                shape.chunks().stream().map(String::valueOf).collect(Collectors.joining(","))));
        options.addAll(everywhere());
        options.add(learningRate(model));
        int chunk = shape.chunks().getLast();
        Graph prompt = Decoders.step(DecoderShape.prefill(chunk), model, config, shape, chunk)
                .graph();
        Pef pef = CompileOptions.of(arguments)
                .compile(model.name(), config, List.of(prompt, graph), Decoders.arguments(shape));
        facts.put("predicted", ChipCost.predicted(pef));
        return tables(facts, options, trace, graph).with("on_chip", onChip(pef, arguments, console));
    }

    private static Result describe(ImageModel model, Arguments arguments, Console console) {
        try (ImageSetup setup = ImageSetup.open(model, arguments, console)) {
            int batch = arguments.positive(Option.BATCH_SIZE).orElse(1);
            List<Integer> sides = setup.sides(arguments, Optional.empty());
            Trace trace = setup.trace(batch, sides);
            Graph graph = trace.graph();
            SequencedMap<String, Object> facts =
                    facts(model, arguments.text(Option.CHECKPOINT).orElse(""), trace);
            facts.put("flops", graph.nodes().stream().mapToLong(OpCost::flops).sum());
            List<SequencedMap<String, Object>> options = new ArrayList<>();
            options.add(option(Option.BATCH_SIZE, "1 or more", Integer.toString(batch)));
            List<Option> names = List.of(Option.IN_WIDTH, Option.IN_HEIGHT, Option.IN_DEPTH);
            for (int i = 0; i < sides.size(); i++) {
                String side = sides.get(sides.size() - 1 - i).toString();
                options.add(option(names.get(i), "multiples of " + setup.form().grain(), side));
            }
            options.addAll(everywhere());
            options.add(learningRate(model));
            Pef pef = setup.compile(CompileOptions.of(arguments), batch, sides);
            facts.put("predicted", ChipCost.predicted(pef));
            return tables(facts, options, trace, graph).with("on_chip", onChip(pef, arguments, console));
        }
    }

    /// What each graph costs and, unless only inference is asked for, a training step.
    private static List<SequencedMap<String, Object>> onChip(Pef pef, Arguments arguments, Console console) {
        List<SequencedMap<String, Object>> rows = new ArrayList<>(ChipCost.graphs(pef));
        if (!arguments.on(Option.INFERENCE)) {
            try {
                Pef training = CompiledPef.of(arguments, console);
                ChipCost.graphs(training).stream()
                        .filter(r -> pef.entry(String.valueOf(r.get("graph"))).isEmpty())
                        .forEach(rows::add);
            } catch (UserError | UsageError e) {
                console.log("a training step is not predicted: " + e.getMessage());
            }
        }
        return rows;
    }

    private static SequencedMap<String, Object> facts(ZooModel model, String checkpoint, Trace trace) {
        long elements =
                trace.parameters().stream().mapToLong(p -> p.type().elements()).sum();
        return TableResult.row(
                "model",
                model.name(),
                "tasks",
                model.summary(),
                "checkpoint",
                checkpoint,
                "parameters",
                elements,
                "parameter_bytes_bf16",
                2 * elements,
                "parameter_bytes_fp32",
                4 * elements);
    }

    private static TableResult tables(
            SequencedMap<String, Object> facts, List<SequencedMap<String, Object>> options, Trace trace, Graph graph) {
        return TableResult.of(facts)
                .with("options", options)
                .with("tensors", tensors(graph))
                .with(
                        "weights",
                        trace.parameters().stream()
                                .map(p -> TableResult.row(
                                        "name", p.name(),
                                        "shape", p.type().shape().toString(),
                                        "elements", p.type().elements()))
                                .toList());
    }

    private static List<SequencedMap<String, Object>> options(int most, GraphSpec spec) {
        List<SequencedMap<String, Object>> rows = new ArrayList<>();
        String batch = Integer.toString(spec.batching().size());
        rows.add(option(Option.BATCH_SIZE, "1 or more", batch));
        rows.add(option(Option.MICROBATCH_SIZE, "divisors of the batch size", batch));
        rows.add(option(Option.MAX_SEQ_LENGTH, "1 to " + most, Integer.toString(spec.tokens())));
        rows.addAll(everywhere());
        if (spec.kind() == GraphSpec.Kind.EMBEDDING) {
            rows.add(option(Option.POOLING, "mean, cls, none", spec.arguments().getOrDefault("pooling", "mean")));
            rows.add(option(Option.NORMALIZE, "true, false", Boolean.toString(spec.normalize())));
        }
        return rows;
    }

    /// Options that all models take.
    private static List<SequencedMap<String, Object>> everywhere() {
        return List.of(
                option(Option.PRECISION, "bf16, fp32", "bf16"),
                option(Option.ARCH, String.join(", ", Arch.keys()), "sn40"),
                option(Option.NUM_TILES, "1 to all", "all"));
    }

    private static SequencedMap<String, Object> learningRate(ZooModel model) {
        return option(Option.LR, "0 or more", Double.toString(TrainingArguments.defaultLearningRate(model)));
    }

    private static SequencedMap<String, Object> option(Option option, String values, String otherwise) {
        return TableResult.row("option", option.text(), "values", values, "default", otherwise);
    }

    private static List<SequencedMap<String, Object>> tensors(Graph graph) {
        List<SequencedMap<String, Object>> rows = new ArrayList<>();
        graph.inputs(Graph.Kind.INPUT)
                .forEach(i -> rows.add(TableResult.row(
                        "role",
                        "input",
                        "name",
                        i.name(),
                        "type",
                        i.value().type().toString())));
        graph.outputs()
                .forEach(o -> rows.add(TableResult.row(
                        "role",
                        "output",
                        "name",
                        o.name(),
                        "type",
                        o.value().type().toString())));
        return rows;
    }
}
